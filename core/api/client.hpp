// What the client programs say to the daemon, and what they get. Blocking; one thread at a time.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "core/api/connection.hpp"
#include "core/api/event_parser.hpp"
#include "core/api/failure.hpp"
#include "core/api/http_response.hpp"
#include "core/api/target.hpp"
#include "core/base/text.hpp"

namespace ketrew::api {

struct Patience {
  Milliseconds connect = std::chrono::seconds(10);  // for a place in the daemon's queue
  Milliseconds answer = std::chrono::minutes(3);    // longer than the daemon's own deadlines
  // A request that may be repeated is, for so long after its connection was first lost.
  Milliseconds repeat = std::chrono::seconds(15);
  // A stream of events without a byte for so long is dead: the daemon sends one every 15 s.
  Milliseconds silence = std::chrono::seconds(60);
  // Who follows jobs waits so long for a daemon that went away to come back.
  Milliseconds away = std::chrono::minutes(2);
};

struct Request {
  std::string method = "GET";
  std::string target;
  std::optional<Json> body = {};
  std::string text = {};             // or a body that is JSON text already
  std::string idempotency_key = {};  // sent if not empty; such a request may be repeated
  bool repeatable = false;           // GETs always are
};

// The events of /v1/events, as they come.
class EventStream {
 public:
  // Nothing: none came until the deadline. A stream that ended is `lost`: open it again, with the
  // id of the last event.
  Answer<std::optional<Event>> next(Mono deadline);

 private:
  friend class Client;
  EventStream(Connection connection, HttpResponseParser parser, Milliseconds silence);
  Connection connection_;
  HttpResponseParser http_;
  EventParser events_;
  Milliseconds silence_;
  Mono heard_;
};

class Client {
 public:
  explicit Client(std::string socket_path, Patience patience = {});

  // The JSON of a success; null for an empty body. A request that is repeatable is sent again when
  // its connection is lost: also to another daemon that took over meanwhile.
  Answer<Json> call(const Request& request);
  Answer<Json> get(const Target& target) { return call({.target = target.text()}); }
  // As it came, for what is not JSON.
  Answer<std::string> fetch(const Request& request);

  // `last_event_id` empty: from now on. Returns once the daemon has answered that it listens: what
  // happens from then on is in the stream.
  Answer<EventStream> events(const Target& target, const std::string& last_event_id);

  const std::string& socket_path() const { return socket_path_; }

 private:
  Answer<HttpResponse> exchange(const std::string& bytes, bool* sent);

  std::string socket_path_;
  Patience patience_;
  std::optional<Connection> connection_;  // kept for the next request
};

}  // namespace ketrew::api
