#include "core/model/filter.hpp"

#include "tests/fuzz/fuzz.hpp"

FUZZ_TARGET(filter) {
  const auto read = filter::parse(input);
  if (!read) {
    must(!read.error().what.empty(), "a refusal says why");
    return;
  }
  JobRecord job;
  const bool once = filter::matches(*read, job, Wall{});
  job.spec.name = "align";
  job.spec.tags = {"night", "\xff"};
  job.progress.state = State::failed;
  job.progress.exit_code = 3;
  filter::matches(*read, job, Wall{});
  filter::Filter no;
  no.form = filter::Filter::Form::no;
  no.parts.push_back(*read);
  must(filter::matches(no, JobRecord{}, Wall{}) == !once, "`not` is the opposite");
}
