"""Forms for records, made from the shapes that check them: every field of a shape, and no other."""
