QUESTION = "00.1"
MISTAKE = "read-so-it-is-used"
ANSWER = "a c e g"
