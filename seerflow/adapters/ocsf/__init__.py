"""Events as OCSF 1.3 documents: classes (tables), activities (what was done), objects (their form), document."""
