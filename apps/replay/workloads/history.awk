# A git history for fast-import: -v commits=N -v files=F. Each commit rewrites one file and changes lines in three others.
function body(file,  i, text) {
  text = ""
  for (i = 0; i < lines[file]; i++) text = text line[file, i] "\n"
  return text
}
function put(file,  text) {
  text = body(file)
  printf "M 100644 inline src/part%d/file%d.txt\ndata %d\n%s\n", file % 7, file, length(text), text
}
BEGIN {
  for (c = 1; c <= commits; c++) {
    message = sentence(8)
    printf "commit refs/heads/main\ncommitter Somebody <somebody@example.com> %d +0000\ndata %d\n%s\n", 1767225600 + c * 60, length(message), message
    fresh = c <= files ? c : 1 + roll(files)
    lines[fresh] = 20 + roll(60)
    for (i = 0; i < lines[fresh]; i++) line[fresh, i] = sentence(2 + roll(10))
    put(fresh)
    for (k = 0; k < 3; k++) {
      file = 1 + roll(c < files ? c : files)
      for (i = 0; i < 5; i++) line[file, roll(lines[file])] = sentence(2 + roll(10))
      put(file)
    }
  }
  print "done"
}
