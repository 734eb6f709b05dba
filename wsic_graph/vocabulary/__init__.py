"""What the ontology, its shapes and its concept schemes say of themselves, ready to be read by people."""
