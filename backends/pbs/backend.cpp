// The module: PBS behind what all batch schedulers have in common.
#include "backends/pbs/pbs.hpp"
#include "backends/sdk/batch/batch_backend.hpp"
#include "backends/sdk/registration.hpp"

namespace ketrew::pbs {
namespace {

struct PbsBackend : sdk::batch::BatchBackend {
  PbsBackend() : BatchBackend(std::make_unique<Pbs>()) {}
};

}  // namespace
}  // namespace ketrew::pbs

KETREW_BACKEND(ketrew::pbs::PbsBackend, "pbs", "1.0");
