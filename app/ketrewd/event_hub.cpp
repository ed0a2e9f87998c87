#include "app/ketrewd/event_hub.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "app/ketrewd/http_message.hpp"
#include "core/protocol/raw_json.hpp"

namespace ketrew::daemon {
namespace {

constexpr std::size_t page = 1000;  // rows that are read at a time for one that catches up

// As to_json(HistoryEntry) with the job's id; put together by hand, since each listener to a busy
// daemon is told tens of thousands of these a second.
std::string text_of(const HistoryEntry& entry) {
  std::string data = "{\"job\":\"" + entry.id.text() +
                     "\",\"sequence\":" + std::to_string(entry.sequence) + ",\"at\":\"" +
                     to_rfc3339(entry.at) + "\",\"from\":\"";
  data += to_string(entry.from);
  data += "\",\"to\":\"";
  data += to_string(entry.to);
  data += "\",\"attempt\":" + std::to_string(entry.attempt) + ",\"reason\":";
  append_json_string(data, entry.reason);
  if (!entry.evidence.empty()) data += ",\"evidence\":" + protocol::raw(to_json(entry.evidence)).text;
  data += "}";
  return event_text(std::to_string(entry.sequence), "transition", data);
}

}  // namespace

void EventHub::send(Listener& listener, const HistoryEntry& entry, std::string* text) {
  if (entry.sequence <= listener.last) return;
  listener.last = entry.sequence;
  if (!listener.jobs.empty() && !listener.jobs.contains(entry.id)) return;
  if (text->empty()) *text = text_of(entry);
  listener.stream.send_text(*text);
}

void EventHub::listen(EventStream stream, std::unordered_set<JobId> jobs,
                      std::optional<std::int64_t> after) {
  auto listener = std::make_shared<Listener>();
  listener->stream = std::move(stream);
  listener->jobs = std::move(jobs);
  listener->last = after.value_or(0);
  listener->catching_up = after.has_value();
  std::weak_ptr<Listener> weak = listener;
  listener->stream.on_closed([this, weak] {
    if (const auto gone = weak.lock())
      boost::asio::post(loop_, [this, gone] { listeners_.remove(gone); });
  });
  listeners_.push_back(listener);
  if (after) catch_up(listener);
}

void EventHub::catch_up(std::shared_ptr<Listener> listener) {
  store_.read([this, listener, after = listener->last](store::Reader& reader) {
    auto missed = std::make_shared<std::vector<HistoryEntry>>(
        reader.events_after(after, page).value_or(std::vector<HistoryEntry>{}));
    boost::asio::post(loop_, [this, listener, missed] {
      if (!listener->stream.open()) return;
      std::string text;
      for (const auto& entry : *missed) {
        text.clear();
        send(*listener, entry, &text);
      }
      if (missed->size() == page) return catch_up(listener);
      listener->catching_up = false;
      for (const auto& entry : listener->meanwhile) {
        text.clear();
        send(*listener, entry, &text);
      }
      listener->meanwhile.clear();
      listener->meanwhile.shrink_to_fit();
    });
  });
}

void EventHub::tell(const std::vector<HistoryEntry>& entries) {
  if (listeners_.empty()) return;
  for (const auto& entry : entries) {
    std::string text;  // made once, for the first that wants it
    for (const auto& listener : listeners_) {
      if (!listener->stream.open()) continue;
      if (listener->catching_up) {
        if (listener->jobs.empty() || listener->jobs.contains(entry.id))
          listener->meanwhile.push_back(entry);
      } else {
        send(*listener, entry, &text);
      }
    }
  }
}

}  // namespace ketrew::daemon
