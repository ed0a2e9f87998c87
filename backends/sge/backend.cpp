#include "backends/sge/scheduler.hpp"
#include "backends/sdk/batch/batch_backend.hpp"
#include "backends/sdk/registration.hpp"

namespace ketrew::sge {

class SgeBackend final : public sdk::batch::BatchBackend {
 public:
  SgeBackend() : BatchBackend(std::make_unique<GridEngine>()) {}
};

}  // namespace ketrew::sge

KETREW_BACKEND(ketrew::sge::SgeBackend, "sge", "1.0");
