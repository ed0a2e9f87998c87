/* A backend as it was written against the first version of the module ABI, in C alone. Its jobs are
 * over at once, but for those with the word "sleep" in them: they run until they are killed. */
#include "abi_1.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char killed[64][80];
static int killed_count;

static void put(ketrew_sink sink, const char* text) { sink.write(sink.context, text, strlen(text)); }

static ketrew_status create(const ketrew_host_services* services, ketrew_instance** instance,
                            ketrew_sink error) {
  (void)error;
  services->log(services->context, KETREW_LOG_INFO, (ketrew_text){"abi 1 is here", 13});
  *instance = malloc(1);
  return KETREW_OK;
}
static void destroy(ketrew_instance* instance) { free(instance); }

static ketrew_status initialize(ketrew_instance* instance, ketrew_text request, ketrew_sink answer) {
  (void)instance, (void)request;
  put(answer,
      "{\"protocol\":1,\"name\":\"abi_1\",\"version\":\"1.0\",\"capabilities\":{\"visibility_lag_ms\":0},"
      "\"options_schema\":{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{}}}");
  return KETREW_OK;
}

/* Calls `say` for each job of a request: `key` comes before its token, `rest` is what follows it. */
typedef void (*say_one)(const char* token, const char* rest, ketrew_sink answer);
static void each_job(ketrew_text request, const char* key, ketrew_sink answer, say_one say) {
  char* text = malloc(request.size + 1);
  memcpy(text, request.data, request.size);
  text[request.size] = 0;
  char* at = strstr(text, key);
  for (int count = 0; at; ++count) {
    char token[80];
    at += strlen(key);
    size_t size = strcspn(at, "\"");
    if (size >= sizeof token) size = sizeof token - 1;
    memcpy(token, at, size);
    token[size] = 0;
    char* rest = at + size + 1;
    char* next = strstr(rest, key);
    if (next) *next = 0;
    if (count) put(answer, ",");
    say(token, rest, answer);
    if (next) *next = '"';
    at = next;
  }
  free(text);
}

static void say_start(const char* token, const char* rest, ketrew_sink answer) {
  (void)token;
  put(answer, strstr(rest, "sleep") ? "{\"answer\":\"started\",\"state\":{\"runs\":true}}"
                                    : "{\"answer\":\"started\",\"state\":{\"runs\":false}}");
}
static ketrew_status start(ketrew_instance* instance, ketrew_text request, ketrew_sink answer) {
  (void)instance;
  put(answer, "[");
  each_job(request, "\"token\":\"", answer, say_start);
  put(answer, "]");
  return KETREW_OK;
}

static void say_find(const char* token, const char* rest, ketrew_sink answer) {
  (void)token, (void)rest;
  put(answer, "{\"answer\":\"absent\",\"evidence\":{\"command\":\"looked\",\"words\":\"nothing\"}}");
}
static ketrew_status find(ketrew_instance* instance, ketrew_text request, ketrew_sink answer) {
  (void)instance;
  put(answer, "[");
  each_job(request, "\"token\":\"", answer, say_find);
  put(answer, "]");
  return KETREW_OK;
}

static void say_update(const char* token, const char* rest, ketrew_sink answer) {
  char line[400];
  const char* what = "\"observation\":\"ended\",\"exit_code\":0,\"evidence\":{\"command\":\"abi 1\"}";
  if (strstr(rest, "\"runs\":true")) {
    what = "\"observation\":\"running\",\"phase\":\"running\"";
    for (int i = 0; i < killed_count; ++i)
      if (!strcmp(killed[i], token)) what = "\"observation\":\"ended\",\"signal\":15";
  }
  snprintf(line, sizeof line, "{\"id\":\"%s\",%s}", token, what);
  put(answer, line);
}
static ketrew_status update(ketrew_instance* instance, ketrew_text request, ketrew_sink answer) {
  (void)instance;
  put(answer, "{\"jobs\":[");
  each_job(request, "\"id\":\"", answer, say_update);
  put(answer, "]}");
  return KETREW_OK;
}

static void say_kill(const char* token, const char* rest, ketrew_sink answer) {
  (void)rest;
  if (killed_count < 64) snprintf(killed[killed_count++], sizeof killed[0], "%s", token);
  char line[200];
  snprintf(line, sizeof line, "{\"id\":\"%s\",\"answer\":\"sent\"}", token);
  put(answer, line);
}
static ketrew_status end(ketrew_instance* instance, ketrew_text request, ketrew_sink answer) {
  (void)instance;
  put(answer, "{\"jobs\":[");
  each_job(request, "\"id\":\"", answer, say_kill);
  put(answer, "]}");
  return KETREW_OK;
}

static ketrew_status queries(ketrew_instance* instance, ketrew_text request, ketrew_sink answer) {
  (void)instance, (void)request;
  put(answer, "{\"queries\":[{\"name\":\"hello\",\"description\":\"says so\"}]}");
  return KETREW_OK;
}
static ketrew_status query(ketrew_instance* instance, ketrew_text request, ketrew_sink answer) {
  (void)instance, (void)request;
  put(answer, "{\"text\":\"hello of abi 1\"}");
  return KETREW_OK;
}

static const ketrew_backend_functions functions = {
    sizeof(ketrew_backend_functions), 0, create, destroy, initialize, start, find, update, end,
    queries, query, NULL, NULL, NULL};

const ketrew_backend_descriptor ketrew_backend = {
    KETREW_BACKEND_MAGIC, sizeof(ketrew_backend_descriptor), KETREW_ABI_VERSION, 0, "abi_1", "1.0",
    &functions};
