"""What a patient is: canonical tables, vocabularies, validation, quarantine, the frozen bundle."""
