#include "backends/lsf/scheduler.hpp"
#include "backends/sdk/batch/batch_backend.hpp"
#include "backends/sdk/registration.hpp"

namespace ketrew::lsf {

class LsfBackend final : public sdk::batch::BatchBackend {
 public:
  LsfBackend() : BatchBackend(std::make_unique<Lsf>()) {}
};

}  // namespace ketrew::lsf

KETREW_BACKEND(ketrew::lsf::LsfBackend, "lsf", "1.0");
