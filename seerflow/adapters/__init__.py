"""The world, one thing each, no decisions: codecs, Kafka, files, notifiers, metrics."""
