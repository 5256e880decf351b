/* Circular lists of structs that carry their own links: a link can leave without knowing its list,
 * and leaving twice does no harm. Heads and links are initialised before anything else. */
#ifndef REEL_BIND_LIST_H
#define REEL_BIND_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list {
  struct list *next, *prev;
};

#define LIST_ITEM(link, type, member) ((type *)((char *)(link)-offsetof(type, member)))

static inline void list_init(struct list *link) {
  link->next = link->prev = link;
}

static inline bool list_is_empty(const struct list *head) {
  return head->next == head;
}

static inline void list_append(struct list *head, struct list *link) {
  link->next = head;
  link->prev = head->prev;
  head->prev->next = link;
  head->prev = link;
}

static inline void list_remove(struct list *link) {
  link->prev->next = link->next;
  link->next->prev = link->prev;
  list_init(link);
}

#endif
