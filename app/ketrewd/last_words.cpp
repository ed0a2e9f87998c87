#include "app/ketrewd/last_words.hpp"

#include <deque>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "core/protocol/query.hpp"

namespace ketrew::daemon {
namespace {

constexpr Milliseconds patience{4'000};
constexpr std::int64_t tail = 4096;  // bytes

struct Asking : std::enable_shared_from_this<Asking> {
  explicit Asking(Service& s) : service(s), timer(s.loop) {}

  Service& service;
  boost::asio::steady_timer timer;
  std::map<std::pair<std::string, std::string>, std::deque<FailureSample>> lanes;
  std::size_t open = 0;  // lanes with a question under way
  std::vector<LastWords> words;
  std::function<void(std::vector<LastWords>)> done;

  void finish() {
    if (!done) return;
    timer.cancel();
    std::exchange(done, nullptr)(std::move(words));
  }

  void ask(std::deque<FailureSample>& lane) {
    if (!done) return;
    if (lane.empty()) {
      if (--open == 0) finish();
      return;
    }
    FailureSample sample = std::move(lane.front());
    lane.pop_front();
    protocol::QueryParams query;
    query.name = "stderr";
    query.offset = -tail;
    query.limit = tail;
    query.job = {sample.token, {sample.state}, sample.host};
    const std::string backend = sample.backend;
    service.dispatcher.ask(backend, "query", protocol::to_text(query),
                           [self = shared_from_this(), &lane, sample = std::move(sample)](Result<std::string> text) {
                             const auto answer = text ? protocol::query_answer_from(*text)
                                                      : Result<protocol::QueryAnswer>(pass(text.error()));
                             if (answer) self->words.push_back({sample.cluster, sample.id, last_line(answer->text)});
                             // One that cannot be asked at all answers at once: not one within the other.
                             post_to_loop(self->service, [self, &lane] { self->ask(lane); });
                           });
  }
};

}  // namespace

void ask_last_words(Service& service, std::vector<FailureSample> samples,
                    std::function<void(std::vector<LastWords>)> done) {
  if (samples.empty()) return done({});
  const auto all = std::make_shared<Asking>(service);
  all->done = std::move(done);
  for (auto& sample : samples) all->lanes[{sample.backend, sample.host}].push_back(std::move(sample));
  all->timer.expires_after(patience);
  all->timer.async_wait([all](const boost::system::error_code& error) {
    if (!error) all->finish();
  });
  all->open = all->lanes.size();
  for (auto& [name, lane] : all->lanes) all->ask(lane);
}

}  // namespace ketrew::daemon
