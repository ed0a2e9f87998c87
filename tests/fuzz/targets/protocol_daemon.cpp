// The daemon's end of the backend protocol: a backend may send anything.
#include "core/protocol/check.hpp"
#include "core/protocol/find.hpp"
#include "core/protocol/initialize.hpp"
#include "core/protocol/inventory.hpp"
#include "core/protocol/kill.hpp"
#include "core/protocol/line_reader.hpp"
#include "core/protocol/message.hpp"
#include "core/protocol/query.hpp"
#include "core/protocol/start.hpp"
#include "core/protocol/update.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace ketrew::fuzz {
namespace {

const std::vector<std::string> asked = {"01kb5w1k2z8nqz2j4w6q0r7t3v-1", "01kb5w1k2z8nqz2j4w6q0r7t3w-2"};

void valid(const std::string& text) {
  must(protocol::check_json(text).has_value(), "what was read can be written");
}

void read_result(std::string_view text) {
  const auto start = protocol::start_answer_from(text);
  valid(protocol::to_text(start));
  must(protocol::start_answer_from(protocol::to_text(start)) == start, "a start answer comes back");
  const auto found = protocol::find_answer_from(text);
  valid(protocol::to_text(found));
  const auto updates = protocol::update_answer_from(text, asked);
  must(updates.size() == asked.size(), "an observation for each that was asked about");
  for (std::size_t i = 0; i < asked.size(); ++i) {
    must(updates[i].token == asked[i], "in the order asked");
    if (updates[i].state) valid(updates[i].state->text);
  }
  valid(protocol::to_text(updates));
  const auto kills = protocol::kill_answer_from(text, asked);
  must(kills.size() == asked.size(), "a kill answer for each");
  valid(protocol::to_text(kills));
  valid(protocol::inventory_to_text(protocol::inventory_from(text)));
  if (const auto result = protocol::initialize_result_from(text)) valid(protocol::to_text(*result));
  if (const auto queries = protocol::queries_from(text)) valid(protocol::queries_to_text(*queries));
  if (const auto answer = protocol::query_answer_from(text)) valid(protocol::to_text(*answer));
  if (const auto values = protocol::log_from(text)) valid(protocol::log_to_text(*values));
  if (const auto checks = protocol::checks_from(text)) valid(protocol::checks_to_text(*checks));
}

std::vector<std::string> lines(std::string_view input, std::size_t step) {
  protocol::LineReader reader(4096);
  std::vector<std::string> all;
  for (std::size_t at = 0; at < input.size(); at += step) {
    const auto fed = reader.feed(input.substr(at, step));
    while (const auto line = reader.next()) all.emplace_back(*line);
    if (!fed) break;
  }
  return all;
}

}  // namespace
}  // namespace ketrew::fuzz

FUZZ_TARGET(protocol_daemon) {
  const auto whole = lines(input, 1 << 20);
  must(whole == lines(input, 7), "lines are the same in whatever pieces they come");
  for (const auto& line : whole) {
    const auto message = protocol::parse_message(line);
    if (!message) continue;
    if (const auto* response = std::get_if<protocol::Response>(&*message)) read_result(response->result);
    if (const auto* note = std::get_if<protocol::Notification>(&*message))
      if (const auto tokens = protocol::changed_from(note->params)) valid(protocol::changed_to_text(*tokens));
    if (const auto* error = std::get_if<protocol::ErrorResponse>(&*message))
      protocol::request_number(error->id);
  }
}
