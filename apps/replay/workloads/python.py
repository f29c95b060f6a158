"""Reads people, groups and sorts them, builds an index of words, and writes JSON: everyday Python."""
import csv, json, re, sys
from collections import Counter, defaultdict

people = [dict(zip(("id", "name", "city", "age", "note"), row)) for row in csv.reader(open(sys.argv[1]))]
by_city = defaultdict(list)
words = Counter()
index = defaultdict(set)
for person in people:
    by_city[person["city"]].append(person)
    for word in re.findall(r"[a-z]+", person["note"]):
        words[word] += 1
        index[word].add(person["id"])
oldest = {city: sorted(group, key=lambda p: (-int(p["age"]), p["name"]))[:3] for city, group in by_city.items()}
text = json.dumps({"oldest": oldest, "common": words.most_common(50)})
again = json.loads(text)
rare = sorted(word for word, ids in index.items() if len(ids) == 1)
print(len(people), len(again["oldest"]), len(rare), len("\n".join(rare)))
