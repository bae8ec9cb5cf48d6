"""What a mail is made of: merge language, sanitised HTML, derived text, and the compiled plan."""
