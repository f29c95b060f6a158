# For each city its people's ages, tags and longest note. Reads the JSON form of people.awk.
group_by(.city)
| map({
    city: .[0].city,
    oldest: (max_by(.age) | .name),
    mean: ((map(.age) | add) / length),
    tags: (map(.tags[]) | unique | map(select(length > 4))),
    longest: (map(.note | split(" ")) | max_by(length) | join("-"))
  })
