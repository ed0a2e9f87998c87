// POST /v1/workflows: a graph of jobs, all or nothing.
#include "app/ketrewd/graph_submission.hpp"
#include "app/ketrewd/request_json.hpp"
#include "app/ketrewd/service.hpp"
#include "app/ketrewd/submission.hpp"
#include "core/api/problem.hpp"
#include "core/model/workflow.hpp"

namespace ketrew::daemon {
namespace {

struct NodeError {
  Error error;
  std::optional<std::string> node;  // the one that is wrong
  std::string pointer;              // at this member of its job
};

struct Work {
  Request request;
  Answer answer;
  bool dry_run = false;
  std::string file;  // that it was written in, for people
  Workflow workflow;  // as it was sent, for a dry run; else
  NewJobs jobs;
  std::optional<NodeError> wrong;
};

void refuse(const Answer& answer, const NodeError& wrong) {
  Error error = wrong.error;
  if (wrong.node) error.what = "node \"" + one_line(*wrong.node, 200) + "\": " + error.what;
  Json problem = api::to_problem(error);
  if (wrong.node) problem["node"] = bytes_to_json(*wrong.node);
  if (!wrong.pointer.empty()) problem["pointer"] = to_valid_utf8(wrong.pointer);
  answer->respond(problem["status"].get<int>(), "application/problem+json", problem.dump() + "\n");
}

void make_jobs(Work& work) {
  NewJobs& jobs = work.jobs;
  jobs.idempotency_key = work.request.idempotency_key;
  jobs.fingerprint = fingerprint_of(work.request.body);
  jobs.workflow = store::WorkflowRecord{};
  jobs.workflow->name = work.workflow.name;
  jobs.workflow->file = work.file;
  jobs.jobs.resize(work.workflow.nodes.size());
  for (std::size_t i = 0; i < jobs.jobs.size(); ++i) {
    WorkflowNode& node = work.workflow.nodes[i];
    jobs.jobs[i] = {std::move(node.job), std::move(node.needs), std::move(node.on_success),
                    std::move(node.on_failure), node.active, std::move(node.name)};
  }
  work.workflow.nodes = {};
  work.request.body = {};
}

Json told(const Planted& planted, const std::vector<std::string>& names, const std::string& workflow) {
  Json nodes = Json::array();
  for (std::size_t i = 0; i < planted.jobs.size() && i < names.size(); ++i) {
    const auto& job = planted.jobs[i];
    Json node{{"name", bytes_to_json(names[i])}, {"id", job.id.text()}, {"state", to_string(job.state)}};
    if (job.same_as) node["same_as"] = job.same_as->text();
    nodes.push_back(std::move(node));
  }
  Json json{{"workflow", {{"id", planted.workflow ? Json(planted.workflow->text()) : Json(nullptr)},
                          {"name", bytes_to_json(workflow)}}},
            {"nodes", std::move(nodes)}};
  if (planted.repeated) json["repeated"] = true;
  return json;
}

// Off the loop: the body may have a hundred megabytes.
void parse(Work& work, const SubmissionContext& context) {
  auto json = parse_request_json(work.request.body);
  if (!json) {
    work.wrong = NodeError{json.error(), {}, {}};
    return;
  }
  auto workflow = workflow_from_json(*json);
  *json = nullptr;
  if (!workflow) {
    work.wrong = NodeError{workflow.error(), {}, {}};
    return;
  }
  work.workflow = std::move(*workflow);
  SpecCheck check(context);
  for (auto& node : work.workflow.nodes) {
    if (node.job.name.empty()) node.job.name = node.name;
    if (node.job.restart_of) {
      work.wrong = NodeError{{ErrorKind::invalid, "\"restart_of\" is not for submissions", "use restart"}, node.name, {}};
      return;
    }
    if (auto refusal = check.complete(node.job)) {
      work.wrong = NodeError{refusal->error, node.name, std::move(refusal->pointer)};
      return;
    }
  }
  if (!work.dry_run) make_jobs(work);
}

void store_workflow(Service& service, const std::shared_ptr<Work>& work) {
  if (work->wrong) return refuse(work->answer, *work->wrong);
  if (work->dry_run)
    return respond_large(service, work->answer, work->workflow.nodes.size(), [work] {
      return Json{{"dry_run", true}, {"workflow", to_json(work->workflow)}};
    });
  if (const std::string problem = service.store.problem(); !problem.empty())
    return work->answer->problem({ErrorKind::unavailable, "not accepted: " + problem,
                                  "nothing was stored; try again once that is mended"});
  auto names = std::make_shared<std::vector<std::string>>();
  for (const NewJob& job : work->jobs.jobs) names->push_back(job.node);
  plant(service, std::move(work->jobs), [&service, work, names](Result<Planted> planted) {
    if (!planted) return work->answer->problem(planted.error());
    const auto made = std::make_shared<const Planted>(std::move(*planted));
    respond_large(
        service, work->answer, made->jobs.size(),
        [made, names, name = work->workflow.name] { return told(*made, *names, name); },
        made->repeated ? 200 : 201);
  });
}

}  // namespace

void endpoint::submit_workflow(Service& service, Request request, Responder responder) {
  auto work = std::make_shared<Work>();
  work->request = std::move(request);
  work->answer = answer_later(std::move(responder));
  if (const auto* dry = work->request.parameter("dry_run")) work->dry_run = *dry == "true";
  if (const auto* file = work->request.parameter("file")) work->file = *file;
  const SubmissionContext context = service.submission_context();
  service.worker.run([&service, work, context] {
    parse(*work, context);
    post_to_loop(service, [&service, work] { store_workflow(service, work); });
  });
}

}  // namespace ketrew::daemon
