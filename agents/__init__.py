"""The Kafka shell: one file an agent, named by its verb. The only place that knows Faust; no decision in here."""
