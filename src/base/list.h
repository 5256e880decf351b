/* Circular lists of structs that carry their own links (CONTAINER_OF finds the struct of a link). A
 * link can be removed without knowing its list, and removing it twice does no harm. The head of a
 * list must be initialised before it is used; a link that is zeroed or initialised is in no
 * list. */
#ifndef REEL_LIST_H
#define REEL_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/container_of.h"

struct list {
  struct list *next, *prev;
};

static inline void list_init(struct list *link) {
  link->next = link->prev = link;
}

static inline bool list_is_empty(const struct list *head) {
  return head->next == head;
}

/* Whether the link is in a list. */
static inline bool list_is_linked(const struct list *link) {
  return link->next && link->next != link;
}

static inline void list_append(struct list *head, struct list *link) {
  link->next = head;
  link->prev = head->prev;
  head->prev->next = link;
  head->prev = link;
}

static inline void list_prepend(struct list *head, struct list *link) {
  list_append(head->next, link);
}

static inline void list_remove(struct list *link) {
  if (!list_is_linked(link)) return;
  link->prev->next = link->next;
  link->next->prev = link->prev;
  list_init(link);
}

/* Removes the first link and returns it; NULL if the list is empty. */
static inline struct list *list_pop(struct list *head) {
  struct list *link = head->next;
  if (link == head) return NULL;
  list_remove(link);
  return link;
}

/* Moves all links to the end of another list. */
static inline void list_move_all(struct list *from, struct list *to) {
  if (list_is_empty(from)) return;
  from->next->prev = to->prev;
  to->prev->next = from->next;
  from->prev->next = to;
  to->prev = from->prev;
  list_init(from);
}

#endif
