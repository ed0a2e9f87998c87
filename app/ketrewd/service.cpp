#include "app/ketrewd/service.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "core/base/file.hpp"

namespace ketrew::daemon {

std::string Service::default_host() const {
  return profile->default_host.empty() ? path_join(home, "playground") : profile->default_host;
}

SubmissionContext Service::submission_context() {
  return {profile, default_host(), dispatcher.option_schemas(), options.get()};
}

std::vector<std::string> Service::problems() const {
  std::vector<std::string> problems;
  if (const std::string problem = store.problem(); !problem.empty())
    problems.push_back("nothing new is accepted or started: " + problem);
  for (const auto& row : store.unreadable())
    problems.push_back("job " + std::to_string(row.key) + " cannot be read: " + row.problem);
  if (const std::string problem = conditions.problem(); !problem.empty())
    problems.push_back("conditions cannot be evaluated: " + problem);
  for (const auto& backend : dispatcher.views())
    if (!backend.problem.empty())
      problems.push_back("backend " + backend.name + ": " + backend.problem);
  return problems;
}

void respond_json(Responder& responder, const Json& json, int status) {
  responder.respond(status, "application/json",
                    json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
}

void respond_large(Service& service, const Answer& answer, std::size_t size, std::function<Json()> make,
                   int status) {
  constexpr std::size_t small = 200;
  if (size <= small) return respond_json(*answer, make(), status);
  service.worker.run([&service, answer, make = std::move(make), status] {
    auto text = std::make_shared<std::string>(
        make().dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
    post_to_loop(service, [answer, text, status] {
      answer->respond(status, "application/json", std::move(*text));
    });
  });
}

void post_to_loop(Service& service, std::function<void()> work) {
  boost::asio::post(service.loop, std::move(work));
}

void with_job(Service& service, const std::string& id, Answer answer,
              std::function<void(JobKey)> then) {
  read<JobKey>(
      service, [id](store::Reader& reader) { return reader.resolve(id); },
      [answer, then = std::move(then)](Result<JobKey> key) {
        if (!key) return answer->problem(key.error());
        then(*key);
      });
}

}  // namespace ketrew::daemon
