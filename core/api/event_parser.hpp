// Parses a stream of server-sent events (text/event-stream) as its bytes come. Pure; bounded.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/error.hpp"

namespace ketrew::api {

struct Event {
  std::string id;    // of this event or of the last one that had an id
  std::string name;  // "transition"; "message" where none was given
  std::string data;
};

class EventParser {
 public:
  static constexpr std::size_t max_event = 16 << 20;

  Result<> feed(std::string_view bytes);
  std::optional<Event> next();

 private:
  void take_line(std::string_view line);

  std::string buffer_;
  Event open_;
  bool has_data_ = false;
  std::deque<Event> ready_;
};

}  // namespace ketrew::api
