#include "core/api/event_parser.hpp"

namespace ketrew::api {

void EventParser::take_line(std::string_view line) {
  if (line.empty()) {
    if (has_data_) {
      if (open_.name.empty()) open_.name = "message";
      ready_.push_back(open_);
    }
    open_.name.clear();
    open_.data.clear();
    has_data_ = false;
    return;
  }
  const auto colon = line.find(':');
  if (colon == 0) return;  // a comment: the connection lives
  const std::string_view field = line.substr(0, colon);
  std::string_view value = colon == std::string_view::npos ? "" : line.substr(colon + 1);
  if (!value.empty() && value[0] == ' ') value.remove_prefix(1);
  if (field == "id") {
    open_.id = value;
  } else if (field == "event") {
    open_.name = value;
  } else if (field == "data") {
    if (has_data_) open_.data += '\n';
    open_.data += value;
    has_data_ = true;
  }
}

Result<> EventParser::feed(std::string_view bytes) {
  buffer_ += bytes;
  std::size_t begin = 0;
  for (std::size_t end; (end = buffer_.find('\n', begin)) != std::string::npos; begin = end + 1) {
    std::string_view line = std::string_view(buffer_).substr(begin, end - begin);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    take_line(line);
  }
  buffer_.erase(0, begin);
  if (buffer_.size() + open_.data.size() > max_event)
    return fail(ErrorKind::internal, "an event without an end");
  return {};
}

std::optional<Event> EventParser::next() {
  if (ready_.empty()) return {};
  Event event = std::move(ready_.front());
  ready_.pop_front();
  return event;
}

}  // namespace ketrew::api
