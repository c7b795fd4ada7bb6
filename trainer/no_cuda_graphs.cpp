// Builds without CUDA (CMake's ATOLL_CUDA): nothing records.
#include "core/error.h"
#include "trainer/step_graphs.h"

namespace atl::trainer {

std::unique_ptr<GraphDevice> create_graph_device(at::Device device) {
  fail(ErrorKind::kDevice,
       "CUDA graphs on \"{}\": this build has no CUDA; build with `cmake --preset cuda`, or set trainer.graphs = "
       "\"off\"",
       device.str());
}

}  // namespace atl::trainer
