/*
 * A trie of words, and the list of its words as JSON: a program in C with no library but the four functions of the heap,
 * which are imported from JavaScript. It does not know that others share its memory.
 */
#include <stddef.h>
#include <stdint.h>

void *malloc(size_t bytes);
void *calloc(size_t count, size_t bytes);
void *realloc(void *block, size_t bytes);
void free(void *block);

#define EXPORT __attribute__((visibility("default"), used))
#define LONGEST_WORD 63

typedef struct Node {
  struct Node **children; /* in the order of their letters; as many as there are */
  uint16_t count;
  char letter;
  char ends_word;
} Node;

/* No memory: end this instance, rather than go on with a block at 0. */
static void *sure(void *block) {
  if (block == NULL) __builtin_trap();
  return block;
}

static Node *child_of(Node *node, char letter) {
  uint32_t at = 0;
  while (at < node->count && node->children[at]->letter < letter) at++;
  if (at < node->count && node->children[at]->letter == letter) return node->children[at];

  node->children = sure(realloc(node->children, (node->count + 1) * sizeof(Node *)));
  for (uint32_t i = node->count; i > at; i--) node->children[i] = node->children[i - 1];
  node->count++;
  Node *child = node->children[at] = sure(calloc(1, sizeof(Node)));
  child->letter = letter;
  return child;
}

/* A trie of the words in `text`, which are separated by spaces and end with a 0. */
EXPORT Node *trie_of(const char *text) {
  Node *root = sure(calloc(1, sizeof(Node)));
  Node *node = root;
  uint32_t length = 0;
  for (;; text++) {
    if (*text == ' ' || *text == 0) {
      if (length > 0) node->ends_word = 1;
      if (*text == 0) return root;
      node = root;
      length = 0;
    } else if (length < LONGEST_WORD) {
      node = child_of(node, *text);
      length++;
    }
  }
}

typedef struct {
  char *bytes;
  size_t length, capacity;
} Text;

static void append(Text *text, char letter) {
  if (text->length == text->capacity) {
    text->capacity = text->capacity == 0 ? 64 : 2 * text->capacity;
    text->bytes = sure(realloc(text->bytes, text->capacity));
  }
  text->bytes[text->length++] = letter;
}

static void list(const Node *node, char *word, uint32_t depth, Text *text) {
  if (node->ends_word) {
    append(text, text->length == 1 ? '"' : ',');
    if (text->length > 2) append(text, '"');
    for (uint32_t i = 0; i < depth; i++) append(text, word[i]);
    append(text, '"');
  }
  for (uint32_t i = 0; i < node->count; i++) {
    word[depth] = node->children[i]->letter;
    list(node->children[i], word, depth + 1, text);
  }
}

/* All words of the trie in order, as a JSON array that ends with a 0. The caller frees it. */
EXPORT char *list_of(const Node *root) {
  char word[LONGEST_WORD]; /* these two are on the stack, which is why every instance needs its own */
  Text text = {0};
  append(&text, '[');
  list(root, word, 0, &text);
  append(&text, ']');
  append(&text, 0);
  return text.bytes;
}

EXPORT void free_trie(Node *node) {
  for (uint32_t i = 0; i < node->count; i++) free_trie(node->children[i]);
  free(node->children);
  free(node);
}
