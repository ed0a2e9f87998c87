// What the client makes of an answer, in whatever pieces it comes.
#include "core/api/event_parser.hpp"
#include "core/api/http_response.hpp"
#include "core/api/problem.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace {

std::string whole(std::string_view input, std::size_t step) {
  ketrew::api::HttpResponseParser parser;
  for (std::size_t at = 0; at < input.size() && !parser.done(); at += step)
    if (!parser.feed(input.substr(at, step))) return "refused";
  if (!parser.done() && !parser.end()) return "cut";
  return std::to_string(parser.response().status) + " " + parser.response().body;
}

std::string events(std::string_view input, std::size_t step) {
  ketrew::api::EventParser parser;
  std::string all;
  for (std::size_t at = 0; at < input.size(); at += step) {
    if (!parser.feed(input.substr(at, step))) return "refused";
    while (const auto event = parser.next()) all += event->id + "|" + event->name + "|" + event->data + "\n";
  }
  return all;
}

}  // namespace

FUZZ_TARGET(http_client) {
  must(whole(input, 1) == whole(input, 13), "an answer is the same in whatever pieces it comes");
  must(events(input, 1) == events(input, 13), "events are the same in whatever pieces they come");
  api::from_problem(500, input);
}
