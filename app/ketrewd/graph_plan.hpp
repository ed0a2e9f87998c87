// From jobs with edges to what is stored and what the engine is told: pointers to jobs for the same
// thing, edges by number, first states. Pure: a hundred thousand jobs are planned off the loop, from
// what was known at one moment.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "app/ketrewd/conditions.hpp"
#include "app/ketrewd/start_texts.hpp"
#include "core/engine/engine.hpp"
#include "core/store/store.hpp"

namespace ketrew::daemon {

// A job that is about to be submitted. Its spec is complete; edges to older jobs are in it.
struct NewJob {
  JobSpec spec;
  // Places in the list of new jobs; without cycles of `needs`.
  std::vector<std::uint32_t> needs, on_success, on_failure;
  bool active = true;
  std::string node;     // its name in the workflow
  JobKey workflow = 0;  // that it belongs to, where these are no workflow of their own; 0: none
  std::optional<std::uint32_t> same_as = {};  // a pointer to this one of the list; it has no edges
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
    std::optional<JobId> restart_of;
  };
  std::vector<Job> jobs;  // in the order of the request
  std::optional<JobId> workflow;
  bool repeated = false;  // these are the jobs of the earlier request
};

// An older job that an edge leads to; pointers are followed.
struct KnownJob {
  JobKey key = 0;
  JobEnd end;         // an end only if its state is final
  bool open = false;  // the engine has it, unfinished
};
// An unfinished job for the same thing.
struct Equal {
  JobKey key = 0;
  JobId id;
  State state{}, stored{};
};

// What a plan rests on.
struct Standing {
  JobKey first = 0;        // the keys of the new jobs are from here on
  std::vector<JobId> ids;  // growing: theirs, and then the workflow's
  std::unordered_map<JobId, KnownJob> known;
  std::unordered_map<ConditionDigest, Equal> equals;
  Wall now{};
};

// Zero where a job is equivalent to no other.
std::vector<ConditionDigest> digests_of(const NewJobs& jobs);

struct Plan {
  store::Submission submission;  // the sequences of its history are not given yet
  std::vector<engine::Restored> jobs;
  std::vector<engine::Link> links;
  Planted planted;
  // Of jobs that may start soon: need not be read again.
  struct Text {
    JobKey job = 0;
    StartTexts start;
    std::optional<Conditions::Text> condition;
  };
  std::vector<Text> texts;
};

// `digests` are those of the jobs.
Plan make_plan(NewJobs jobs, const std::vector<ConditionDigest>& digests, const Standing& standing);

}  // namespace ketrew::daemon
