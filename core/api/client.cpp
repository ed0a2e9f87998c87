#include "core/api/client.hpp"

#include <thread>

#include "core/api/problem.hpp"

namespace ketrew::api {
namespace {

using Kind = Failure::Kind;

Failure refusal(int status, const std::string& body) {
  Failure failure{Kind::refused, from_problem(status, body), nullptr};
  if (Json document = Json::parse(body, nullptr, false); document.is_object())
    failure.problem = std::move(document);
  return failure;
}

tl::unexpected<Failure> no_daemon(const Error& error) {
  return fail_call(Kind::no_daemon, error.kind, "no daemon answers: " + error.what,
                   error.kind == ErrorKind::denied
                       ? "the daemon belongs to another user: set KETREW_HOME to your own"
                       : "start it: ketrewd start");
}

tl::unexpected<Failure> lost(const std::string& what, ErrorKind kind = ErrorKind::unavailable) {
  return fail_call(Kind::lost, kind, "the daemon did not answer: " + what, "see: ketrewd status");
}

std::string head_of(const std::string& method, const std::string& target) {
  return method + " " + target + " HTTP/1.1\r\nHost: ketrew\r\n";
}

}  // namespace

EventStream::EventStream(Connection connection, HttpResponseParser parser, Milliseconds silence)
    : connection_(std::move(connection)),
      http_(std::move(parser)),
      silence_(silence),
      heard_(MonoClock::now()) {}

Answer<std::optional<Event>> EventStream::next(Mono deadline) {
  while (true) {
    if (const std::string bytes = http_.take_body(); !bytes.empty())
      if (auto fed = events_.feed(bytes); !fed)
        return fail_call(Kind::broken, ErrorKind::internal, fed.error().what);
    if (auto event = events_.next()) return event;
    if (http_.done()) return lost("the stream of events ended");
    auto bytes = connection_.receive(std::min(deadline, heard_ + silence_));
    if (!bytes && bytes.error().kind == ErrorKind::timeout) {
      if (MonoClock::now() >= heard_ + silence_) return lost("the stream of events is silent");
      return std::optional<Event>();
    }
    if (!bytes) return lost(bytes.error().what);
    if (bytes->empty()) return lost("the stream of events ended");
    heard_ = MonoClock::now();
    if (auto fed = http_.feed(*bytes); !fed)
      return fail_call(Kind::broken, ErrorKind::internal, fed.error().what);
  }
}

Client::Client(std::string socket_path, Patience patience)
    : socket_path_(std::move(socket_path)), patience_(patience) {}

// One request on the kept connection or on a new one; no repeats here.
Answer<HttpResponse> Client::exchange(const std::string& bytes, bool* sent) {
  *sent = false;
  std::optional<Connection> connection = std::exchange(connection_, std::nullopt);
  if (!connection) {
    auto opened = Connection::open(socket_path_, patience_.connect);
    if (!opened) return no_daemon(opened.error());
    connection = std::move(*opened);
  }
  *sent = true;
  const Mono deadline = MonoClock::now() + patience_.answer;
  // A server may refuse a request before it has read all of it: its answer is worth more than the
  // error of sending.
  const auto written = connection->send(bytes, deadline);
  HttpResponseParser parser;
  while (!parser.done()) {
    auto received = connection->receive(deadline);
    if (!received) return lost(received.error().what, received.error().kind);
    if (received->empty()) {
      if (auto ended = parser.end(); !ended)
        return lost(written ? ended.error().what : written.error().what);
      break;
    }
    if (auto fed = parser.feed(*received); !fed)
      return fail_call(Kind::broken, ErrorKind::internal, fed.error().what);
  }
  if (parser.keeps_alive() && written) connection_ = std::move(connection);
  return std::move(parser.response());
}

Answer<std::string> Client::fetch(const Request& request) {
  std::string bytes = head_of(request.method, request.target);
  if (!request.idempotency_key.empty())
    bytes += "Idempotency-Key: " + request.idempotency_key + "\r\n";
  std::string dumped;
  try {
    if (request.body) dumped = request.body->dump();
  } catch (const Json::exception&) {  // a text that is not UTF-8 and was not made bytes
    return fail_call(Kind::broken, ErrorKind::internal, "the request is not UTF-8");
  }
  const std::string& body = request.body ? dumped : request.text;
  if (!body.empty()) bytes += "Content-Type: application/json\r\n";
  if (request.method != "GET") bytes += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  bytes += "\r\n";
  bytes += body;

  const bool repeatable =
      request.method == "GET" || !request.idempotency_key.empty() || request.repeatable;
  // A kept connection may be closed already: only what can be said twice goes there.
  if (!repeatable) connection_.reset();
  std::optional<Mono> give_up;  // set once a connection was lost
  Milliseconds pause(20);
  while (true) {
    const bool was_kept = connection_.has_value();
    bool sent = false;
    auto response = exchange(bytes, &sent);
    if (response) {
      if (response->status >= 200 && response->status < 300) return std::move(response->body);
      return pass(refusal(response->status, response->body));
    }
    Failure failure = std::move(response.error());
    if (failure.kind == Kind::broken) return pass(std::move(failure));
    // Nothing was sent so far: nobody is there.
    if (failure.kind == Kind::no_daemon && !give_up) return pass(std::move(failure));
    // A daemon that is there and silent is not helped by the same request once more.
    if (!repeatable || failure.error.kind == ErrorKind::timeout) return pass(std::move(failure));
    if (!give_up) give_up = MonoClock::now() + patience_.repeat;
    if (MonoClock::now() >= *give_up) {
      failure.kind = Kind::lost;
      return pass(std::move(failure));
    }
    if (was_kept) continue;  // the daemon may close what was idle: no reason to wait
    std::this_thread::sleep_for(pause);
    pause = std::min(pause * 2, Milliseconds(1000));
  }
}

Answer<Json> Client::call(const Request& request) {
  auto text = fetch(request);
  if (!text) return pass(std::move(text.error()));
  if (text->empty()) return Json();
  Json json = Json::parse(*text, nullptr, false);
  if (json.is_discarded())
    return fail_call(Kind::broken, ErrorKind::internal, "the daemon's answer is not JSON");
  return json;
}

Answer<EventStream> Client::events(const Target& target, const std::string& last_event_id) {
  auto connection = Connection::open(socket_path_, patience_.connect);
  if (!connection) return no_daemon(connection.error());
  std::string bytes = head_of("GET", target.text()) + "Accept: text/event-stream\r\n";
  if (!last_event_id.empty()) bytes += "Last-Event-ID: " + last_event_id + "\r\n";
  const Mono deadline = MonoClock::now() + patience_.answer;
  if (auto sent = connection->send(bytes + "\r\n", deadline); !sent) return lost(sent.error().what);
  HttpResponseParser parser;
  const auto refused = [&] {
    return parser.response().status < 200 || parser.response().status > 299;
  };
  while (!parser.has_head() || (refused() && !parser.done())) {
    auto received = connection->receive(deadline);
    if (!received) return lost(received.error().what);
    if (received->empty()) {
      if (auto ended = parser.end(); !ended) return lost(ended.error().what);
      break;
    }
    if (auto fed = parser.feed(*received); !fed)
      return fail_call(Kind::broken, ErrorKind::internal, fed.error().what);
  }
  if (refused())
    return pass(refusal(parser.response().status, parser.response().body));
  return EventStream(std::move(*connection), std::move(parser), patience_.silence);
}

}  // namespace ketrew::api
