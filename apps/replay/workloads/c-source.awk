# A C file with functions of all sizes that call each other: -v functions=N -v unit=K (names carry K, so that units link)
BEGIN {
  state = 1000 + unit
  print "#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n#include <math.h>"
  print "struct item { int key; double weight; char name[24]; struct item *next; };"
  for (f = 0; f < functions; f++) {
    printf "static const char *text_%d = \"%s\";\n", f, sentence(4)
    printf "int unit%d_f%d(struct item *list, int n) {\n  int total = n;\n", unit, f
    printf "  for (struct item *at = list; at; at = at->next) {\n"
    steps = 2 + roll(12)
    for (s = 0; s < steps; s++) {
      kind = roll(5)
      if (kind == 0) printf "    if (at->key %% %d == %d) total += (int)(at->weight * %d.5);\n", 2 + roll(50), roll(2), roll(100)
      else if (kind == 1) printf "    for (int i = 0; i < n %% %d; i++) total ^= at->name[i %% 24] << (i & %d);\n", 3 + roll(60), roll(8)
      else if (kind == 2) printf "    switch (at->key & 7) { case %d: total++; break; case %d: at->weight = sqrt(at->weight); break; default: total -= %d; }\n", roll(4), 4 + roll(4), roll(1000)
      else if (kind == 3 && f > 0) printf "    if (total > %d) total += unit%d_f%d(at->next, n - 1);\n", roll(100000), unit, roll(f)
      else printf "    if (strcmp(at->name, text_%d) < 0) snprintf(at->name, sizeof at->name, \"%%d\", total);\n", f
    }
    print "  }\n  return total;\n}"
  }
}
