# A stream of numbers that is the same everywhere: roll(n) gives 0 to n - 1 (Park and Miller's generator).
function roll(n) {
  if (!state) state = 20260101
  state = (state * 48271) % 2147483647
  return state % n
}
function word(  length_, text, i) {
  length_ = 2 + roll(9)
  text = ""
  for (i = 0; i < length_; i++) text = text substr("etaoinshrdlucmfwypvbgk", 1 + roll(1 + roll(22)), 1)
  return text
}
function sentence(words,  text, i) {
  text = word()
  for (i = 1; i < words; i++) text = text " " word()
  return text
}
