/* A host that looks like a game tool: a window at 60 frames a second that never waits for reel.
 *   cc player.c times.c -o player -lm $(pkg-config --cflags --libs reel sdl2)
 *   ./player [SCRIPT]                     space starts the script (trailer.lua), escape quits
 *   ./player --shot FILE.bmp [SCRIPT]     starts the script, saves a picture at its end, and quits
 * At its end, also after SIGTERM, it prints how long its frames took, and reel's part of them.
 * The script uses the local service. Each task is shown as a tile. A second script fetches each
 * finished clip and lets ffmpeg make its picture. */
#include <SDL.h>
#include <math.h>
#include <reel.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "font.h"
#include "times.h"

enum {
  WIDTH = 960,
  HEIGHT = 600,
  RATE = 60,
  TILE_WIDTH = 288,
  TILE_HEIGHT = 206,
  POSTER_HEIGHT = 162,
  COLUMNS = 3,
  MAX_TILES = 6,
  SHOWN_FRAMES = 300,
  LINGER_FRAMES = 30, /* how long --shot waits after the last event */
};

/* After this time a step begins no further piece of work; the rest waits for the next frame. A
 * piece takes up to a tenth of a millisecond. */
static const double STEP_BUDGET_S = 0.00007;

struct tile {
  char task_id[64], label[48], state[16];
  double progress, elapsed_s;
  int64_t poster_job; /* 0: no job was started */
  SDL_Texture *poster;
};

struct player {
  SDL_Window *window;
  SDL_Renderer *renderer;
  struct reel *reel;
  const char *script, *shot;
  int64_t script_job;
  int open_jobs;
  bool leaves;
  struct tile tiles[MAX_TILES];
  int tile_count;
  char message[80];

  int frame, idle_frames;
  struct times frames, steps; /* the work of each frame, and reel's part of it */
  struct times steps_cpu;     /* CPU time of reel's part, without the time of other programs */
};

static const char make_poster[] =
    "local reel, process = require 'reel', require 'reel.core.process'\n"
    "local id = ...\n"
    "local clip = reel.attach(id):save('trailer/posters/' .. id)\n"
    "local poster = 'trailer/posters/' .. id .. '.bmp'\n"
    "local crop = 'scale=288:162:force_original_aspect_ratio=increase,crop=288:162'\n"
    "local result, _, message = process.run { nice = 10, timeout = 60, argv = {\n"
    "  'ffmpeg', '-v', 'error', '-y', '-ss', '2', '-i', clip, '-frames:v', '1', '-vf', crop,\n"
    "  '-pix_fmt', 'bgr24', poster } }\n"
    "if not result then error(message, 0) end\n"
    "if result.code ~= 0 then error(result.stderr, 0) end\n"
    "return poster\n";

static double now_ms(void) {
  return (double)SDL_GetPerformanceCounter() * 1000 / (double)SDL_GetPerformanceFrequency();
}

static double cpu_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* Drawing. */

static void set_colour(struct player *p, unsigned rgb) {
  SDL_SetRenderDrawColor(p->renderer, rgb >> 16, rgb >> 8 & 255, rgb & 255, 255);
}

static void fill(struct player *p, int x, int y, int width, int height, unsigned rgb) {
  set_colour(p, rgb);
  SDL_RenderFillRect(p->renderer, &(SDL_Rect){x, y, width, height});
}

static void draw_character(struct player *p, int x, int y, int scale, char character) {
  for (int i = 0; i < FONT_COUNT; i++) {
    if (font[i].character != SDL_toupper(character)) continue;
    for (int dot = 0; dot < FONT_WIDTH * FONT_HEIGHT; dot++)
      if ((font[i].rows[dot / FONT_WIDTH] - '0') & (4 >> dot % FONT_WIDTH))
        SDL_RenderFillRect(p->renderer, &(SDL_Rect){x + dot % FONT_WIDTH * scale,
                                                    y + dot / FONT_WIDTH * scale, scale, scale});
  }
}

static void draw_text(struct player *p, int x, int y, int scale, unsigned rgb, const char *text) {
  set_colour(p, rgb);
  for (; *text; text++, x += (FONT_WIDTH + 1) * scale) draw_character(p, x, y, scale, *text);
}

/* Moving waves, in which a late frame would be visible. */
static void draw_background(struct player *p) {
  fill(p, 0, 0, WIDTH, HEIGHT, 0x10141c);
  for (int layer = 0; layer < 3; layer++)
    for (int x = 0; x < WIDTH; x += 6) {
      double wave = sin(x * 0.008 * (layer + 1) + p->frame * 0.02 * (layer + 1));
      int height = (int)(60 + 30 * wave);
      fill(p, x, HEIGHT - 40 - height - layer * 55, 4, height, 0x1a2434 + 0x06080cu * layer);
    }
  double turn = p->frame * 0.05;
  fill(p, WIDTH - 44 + (int)(14 * cos(turn)), 24 + (int)(14 * sin(turn)), 8, 8, 0xffb454);
}

static unsigned colour_of(const char *state) {
  if (strcmp(state, "success") == 0) return 0x7fd962;
  if (strcmp(state, "fail") == 0) return 0xf26d78;
  return strcmp(state, "generating") == 0 ? 0x59c2ff : 0x8a94a6;
}

static void draw_tile(struct player *p, const struct tile *tile, int place) {
  int x = 24 + place % COLUMNS * (TILE_WIDTH + 24), y = 56 + place / COLUMNS * (TILE_HEIGHT + 16);
  char line[64];
  fill(p, x, y, TILE_WIDTH, TILE_HEIGHT, 0x1c2230);
  if (tile->poster)
    SDL_RenderCopy(p->renderer, tile->poster, NULL, &(SDL_Rect){x, y, TILE_WIDTH, POSTER_HEIGHT});
  else
    draw_text(p, x + 12, y + POSTER_HEIGHT / 2 - 8, 3, 0x4a5468, tile->state);
  draw_text(p, x + 8, y + POSTER_HEIGHT + 8, 2, 0xd0d6e0, tile->label);
  snprintf(line, sizeof line, "%s %.0f%% %.1f s", tile->state, tile->progress, tile->elapsed_s);
  draw_text(p, x + 8, y + POSTER_HEIGHT + 23, 2, colour_of(tile->state), line);
  fill(p, x, y + TILE_HEIGHT - 4, (int)(TILE_WIDTH * tile->progress / 100), 4,
       colour_of(tile->state));
}

/* A bar for each frame: its work, with reel's part in front. The line is the time of a frame. */
static void draw_times(struct player *p) {
  const int base = HEIGHT - 10, right = 24 + SHOWN_FRAMES * 2;
  const float pixels_per_ms = 1.5F;
  char line[128];
  for (int i = 0; i < SHOWN_FRAMES; i++) {
    int x = right - 2 - i * 2;
    int whole = (int)(times_before(&p->frames, i) * pixels_per_ms) + 1;
    int reels = (int)(times_before(&p->steps, i) * pixels_per_ms) + 1;
    fill(p, x, base - whole, 2, whole, 0x59c2ff);
    fill(p, x, base - reels, 2, reels, 0xffb454);
  }
  fill(p, 24, base - (int)(1000.0F / RATE * pixels_per_ms), SHOWN_FRAMES * 2, 1, 0xf26d78);
  snprintf(line, sizeof line, "worst frame %.1f ms", p->frames.worst_ms);
  draw_text(p, right + 16, HEIGHT - 38, 2, 0x59c2ff, line);
  snprintf(line, sizeof line, "worst reel_step %.2f ms", p->steps.worst_ms);
  draw_text(p, right + 16, HEIGHT - 22, 2, 0xffb454, line);
}

static void draw(struct player *p) {
  draw_background(p);
  draw_text(p, 24, 18, 4, 0xffffff, "reel player");
  draw_text(p, 230, 22, 2, 0x8a94a6, p->message);
  for (int i = 0; i < p->tile_count; i++) draw_tile(p, &p->tiles[i], i);
  draw_times(p);
}

/* Events of reel. */

static struct tile *find_tile(struct player *p, const char *task_id) {
  for (int i = 0; i < p->tile_count; i++)
    if (strcmp(p->tiles[i].task_id, task_id) == 0) return &p->tiles[i];
  if (p->tile_count == MAX_TILES) return NULL;
  struct tile *tile = &p->tiles[p->tile_count++];
  snprintf(tile->task_id, sizeof tile->task_id, "%s", task_id);
  return tile;
}

static bool has_clip(const struct reel_event *event) {
  return strcmp(event->state, "success") == 0 && !strstr(event->model, "characters");
}

static void start_poster(struct player *p, struct tile *tile) {
  const char *arguments[] = {tile->task_id};
  int status = reel_start_string(p->reel, make_poster, "poster", 1, arguments, &tile->poster_job);
  p->open_jobs += status == REEL_OK;
}

static void show_progress(struct player *p, const struct reel_event *event) {
  struct tile *tile = event->task_id ? find_tile(p, event->task_id) : NULL;
  if (!tile) return;
  const char *label = event->prompt ? event->prompt : event->model;
  snprintf(tile->label, sizeof tile->label, "%.34s", label);
  snprintf(tile->state, sizeof tile->state, "%s", event->state);
  if (event->progress >= 0) tile->progress = event->progress;
  if (event->elapsed_s >= 0) tile->elapsed_s = event->elapsed_s;
  bool is_settled = strcmp(event->change, "settled") == 0 || strcmp(event->change, "saved") == 0;
  if (is_settled && has_clip(event) && !tile->poster_job) start_poster(p, tile);
}

static void load_poster(struct player *p, const struct reel_event *event) {
  for (int i = 0; i < p->tile_count; i++) {
    struct tile *tile = &p->tiles[i];
    if (tile->poster_job != event->job) continue;
    SDL_Surface *picture = SDL_LoadBMP(event->text);
    if (picture) tile->poster = SDL_CreateTextureFromSurface(p->renderer, picture);
    SDL_FreeSurface(picture);
  }
}

static void show(struct player *p, const struct reel_event *event) {
  bool is_end = event->type == REEL_EVENT_DONE || event->type == REEL_EVENT_FAILED;
  p->open_jobs -= is_end;
  if (event->type == REEL_EVENT_PROGRESS) show_progress(p, event);
  if (event->type == REEL_EVENT_DONE && event->job != p->script_job) load_poster(p, event);
  if (event->type == REEL_EVENT_DONE && event->job == p->script_job)
    snprintf(p->message, sizeof p->message, "the script has ended");
  if (event->type == REEL_EVENT_FAILED || event->type == REEL_EVENT_PRINT) {
    snprintf(p->message, sizeof p->message, "%.79s", event->text);
    fprintf(stderr, "%s\n", event->text);
  }
}

static void step(struct player *p) {
  double cpu = cpu_ms(), start = now_ms();
  reel_step(p->reel, STEP_BUDGET_S);
  times_add(&p->steps, now_ms() - start);
  times_add(&p->steps_cpu, cpu_ms() - cpu);
  for (struct reel_event event; reel_next_event(p->reel, &event) > 0;) show(p, &event);
}

/* The loop. */

static void start_script(struct player *p) {
  if (p->script_job) return;
  reel_start_file(p->reel, p->script, 0, NULL, &p->script_job);
  p->open_jobs++;
  snprintf(p->message, sizeof p->message, "running %s", p->script);
}

static void press_space(void) {
  SDL_Event event = {.key = {.type = SDL_KEYDOWN, .keysym = {.sym = SDLK_SPACE}}};
  SDL_PushEvent(&event);
}

static void handle_keys(struct player *p) {
  for (SDL_Event event; SDL_PollEvent(&event);) {
    if (event.type == SDL_QUIT) p->leaves = true;
    if (event.type != SDL_KEYDOWN) continue;
    if (event.key.keysym.sym == SDLK_ESCAPE) p->leaves = true;
    if (event.key.keysym.sym == SDLK_SPACE) start_script(p);
  }
}

static void save_picture(struct player *p) {
  SDL_Surface *picture =
      SDL_CreateRGBSurfaceWithFormat(0, WIDTH, HEIGHT, 24, SDL_PIXELFORMAT_BGR24);
  SDL_RenderReadPixels(p->renderer, NULL, SDL_PIXELFORMAT_BGR24, picture->pixels, picture->pitch);
  SDL_SaveBMP(picture, p->shot);
  SDL_FreeSurface(picture);
}

/* With --shot: quits when no job has been running for LINGER_FRAMES. */
static void quit_after_shot(struct player *p) {
  if (!p->shot || !p->script_job) return;
  p->idle_frames = p->open_jobs ? 0 : p->idle_frames + 1;
  if (p->idle_frames < LINGER_FRAMES) return;
  save_picture(p);
  p->leaves = true;
}

static void run(struct player *p) {
  double due = now_ms();
  if (p->shot) press_space();
  for (; !p->leaves; p->frame++) {
    double start = now_ms();
    handle_keys(p);
    step(p);
    draw(p);
    times_add(&p->frames, now_ms() - start);
    quit_after_shot(p);
    SDL_RenderPresent(p->renderer);
    due = fmax(due + 1000.0 / RATE, now_ms());
    SDL_Delay((Uint32)fmax(0, due - now_ms()));
  }
}

static void report(const char *what, const struct times *times) {
  printf("%s: p50 %.3f, p99 %.3f, p99.9 %.3f, max %.3f ms\n", what, times_percentile(times, 0.5),
         times_percentile(times, 0.99), times_percentile(times, 0.999), times_percentile(times, 1));
}

static bool open_window(struct player *p) {
  if (SDL_Init(SDL_INIT_VIDEO) != 0) return false;
  p->window = SDL_CreateWindow("reel player", SDL_WINDOWPOS_CENTERED, SDL_WINDOWPOS_CENTERED, WIDTH,
                               HEIGHT, 0);
  p->renderer = p->window ? SDL_CreateRenderer(p->window, -1, 0) : NULL;
  return p->renderer;
}

int main(int argc, char **argv) {
  bool takes_shot = argc > 2 && strcmp(argv[1], "--shot") == 0;
  int next = takes_shot ? 3 : 1;
  struct player p = {.script = argc > next ? argv[next] : "trailer.lua",
                     .shot = takes_shot ? argv[2] : NULL,
                     .message = "space: start the script   escape: leave"};
  struct reel_config config = {.flags = REEL_LOCAL, .folder = "."};
  if (!open_window(&p)) return fprintf(stderr, "no window: %s\n", SDL_GetError()), 1;
  if (reel_open(&config, &p.reel) != REEL_OK) return fprintf(stderr, "%s\n", reel_errmsg(NULL)), 1;
  run(&p);
  printf("%d frames; the last %d of them:\n", p.frame, TIMES_KEPT);
  report("frame", &p.frames);
  report("reel_step", &p.steps);
  report("reel_step's CPU", &p.steps_cpu);
  reel_close(p.reel, 5);
  SDL_Quit();
  return 0;
}
