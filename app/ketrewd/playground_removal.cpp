#include "app/ketrewd/playground_removal.hpp"

#include <deque>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

namespace ketrew::daemon {
namespace {

constexpr std::size_t at_once = 16;
constexpr Milliseconds pause{200}, deadline{120'000};

}  // namespace

struct PlaygroundRemoval::Impl : std::enable_shared_from_this<Impl> {
  struct Item {
    std::string host, token;
    bool unfinished = false;
  };

  Impl(boost::asio::io_context& loop, Ask a, std::function<bool(const std::string&)> m,
       std::function<void(const std::string&)> l)
      : timer(loop), ask(std::move(a)), may_go(std::move(m)), log(std::move(l)) {}

  boost::asio::steady_timer timer;
  const Ask ask;
  const std::function<bool(const std::string&)> may_go;
  const std::function<void(const std::string&)> log;
  std::deque<Item> items;
  bool busy = false;

  void next() {
    if (busy) return;
    std::vector<Item> some;
    while (!items.empty() && some.size() < at_once) {
      if (!some.empty() && (items.front().host != some.front().host ||
                            items.front().unfinished != some.front().unfinished))
        break;
      if (may_go(items.front().token)) some.push_back(std::move(items.front()));
      items.pop_front();
    }
    if (some.empty()) return;
    busy = true;
    Json params{{"host", some.front().host}, {"tokens", Json::array()}};
    for (const auto& item : some) params["tokens"].push_back(item.token);
    if (some.front().unfinished) params["unfinished"] = true;
    ask("remove", params.dump(-1, ' ', false, Json::error_handler_t::replace), deadline,
        [weak = weak_from_this(), some](Result<Json> answer) {
          if (const auto self = weak.lock()) self->done(some, answer);
        });
  }

  void done(const std::vector<Item>& some, const Result<Json>& answer) {
    std::size_t removed = 0;
    if (answer && answer->contains("removed") && (*answer)["removed"].is_array())
      removed = (*answer)["removed"].size();
    if (removed < some.size())
      log("of " + std::to_string(some.size()) + " playgrounds in " + some.front().host +
          " could not be removed: " + std::to_string(some.size() - removed) +
          (answer ? "" : ": " + answer.error().what));
    timer.expires_after(pause);
    timer.async_wait([weak = weak_from_this()](boost::system::error_code error) {
      const auto self = weak.lock();
      if (error || !self) return;
      self->busy = false;
      self->next();
    });
  }
};

PlaygroundRemoval::PlaygroundRemoval(boost::asio::io_context& loop, Ask ask,
                                     std::function<bool(const std::string&)> may_go,
                                     std::function<void(const std::string&)> log)
    : impl_(std::make_shared<Impl>(loop, std::move(ask), std::move(may_go), std::move(log))) {}
PlaygroundRemoval::~PlaygroundRemoval() { impl_->timer.cancel(); }

void PlaygroundRemoval::add(const std::string& host, const std::string& token, bool unfinished) {
  impl_->items.push_back({host, token, unfinished});
  impl_->next();
}

std::size_t PlaygroundRemoval::waiting() const { return impl_->items.size() + (impl_->busy ? 1 : 0); }

}  // namespace ketrew::daemon
