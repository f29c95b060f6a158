# An index of words, and for each city the notes of its people: everyday awk. Reads the CSV form of people.awk.
{
  people[$3]++
  notes[$3] = notes[$3] "; " $5
  n = split($5, list, " ")
  for (i = 1; i <= n; i++) index_[list[i]] = index_[list[i]] "," $1
}
END {
  for (city in people) print city, people[city], substr(toupper(notes[city]), 1, 60)
  for (word in index_) if (split(index_[word], ids, ",") > 40) print word, length(ids)
}
