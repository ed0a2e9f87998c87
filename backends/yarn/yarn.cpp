#include <ketrew/backend.hpp>

#include "backends/sdk/batch/batch_backend.hpp"
#include "backends/yarn/scheduler.hpp"

namespace ketrew::yarn {

class YarnBackend : public sdk::batch::BatchBackend {
 public:
  YarnBackend() : BatchBackend(std::make_unique<Yarn>()) {}
};

}  // namespace ketrew::yarn

KETREW_BACKEND(ketrew::yarn::YarnBackend, "yarn", "1.0");
