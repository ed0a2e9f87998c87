// From jobs with edges to what is stored and what the engine is told: pointers to jobs for the same
// thing, edges by number, first states. On the loop.
#pragma once

#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "app/ketrewd/service.hpp"

namespace ketrew::daemon {

// A job that is about to be submitted. Its spec is complete; edges to older jobs are in it.
struct NewJob {
  JobSpec spec;
  // Places in the list of new jobs; without cycles of `needs`.
  std::vector<std::uint32_t> needs, on_success, on_failure;
  bool active = true;
  std::string node;     // its name in the workflow
  JobKey workflow = 0;  // that it belongs to, where these are no workflow of their own; 0: none
  std::string reason = "submitted";
};

struct NewJobs {
  std::vector<NewJob> jobs;
  std::optional<store::WorkflowRecord> workflow;  // they are a new one; its key and time are filled in
  std::string idempotency_key, fingerprint;
};

struct Planted {
  struct Job {
    JobId id;
    State state = State::passive;
    std::optional<JobId> same_as;  // it is a pointer to this one
  };
  std::vector<Job> jobs;  // in the order of the request
  std::optional<JobId> workflow;
  bool repeated = false;  // these are the jobs of the earlier request
};

// Stores them in one transaction; then the engine has them, and `done` is called. What edges or
// conditions of one request refer to must not change under it: such requests go one by one.
void plant(Service& service, NewJobs jobs, std::function<void(Result<Planted>)> done);

}  // namespace ketrew::daemon
