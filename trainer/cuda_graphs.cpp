// Steps as CUDA graphs, by LibTorch's CUDAGraph; see PyTorch's notes on CUDA graphs for the rules that a recording has
// to keep. In builds with CUDA only.
#include "core/error.h"
#include "trainer/step_graphs.h"

#include <ATen/cuda/CUDAGraph.h>
#include <c10/core/Event.h>
#include <c10/core/StreamGuard.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAFunctions.h>
#include <c10/cuda/CUDAStream.h>
#include <cuda_runtime_api.h>

#include <exception>
#include <utility>
#include <vector>

namespace atl::trainer {
namespace {

class CudaGraph final : public StepGraph {
 public:
  void replay() override { graph.replay(); }

  at::cuda::CUDAGraph graph;
};

class CudaGraphDevice final : public GraphDevice {
 public:
  explicit CudaGraphDevice(at::Device device)
      : side_(c10::cuda::getStreamFromPool(/*isHighPriority=*/false, device.index())),
        pool_(at::cuda::graph_pool_handle()) {}

  // On the stream that will be recorded: libraries keep their workspaces by stream.
  void rehearse(const std::function<void()>& work) override { on_side_stream(work); }

  std::unique_ptr<StepGraph> record(const std::function<void()>& work) override {
    auto recorded = std::make_unique<CudaGraph>();
    std::exception_ptr error;
    on_side_stream([&] {
      c10::cuda::device_synchronize();  // what failed before is not the recording's
      error = capture(recorded->graph, work);
    });
    if (!error) return recorded;
    forget(std::move(recorded));
    std::rethrow_exception(error);
  }

 private:
  // Other threads may go on meanwhile. Returns what went wrong first; the stream is as before in any case.
  [[nodiscard]] std::exception_ptr capture(at::cuda::CUDAGraph& graph, const std::function<void()>& work) const {
    std::exception_ptr error;
    graph.capture_begin(pool_, cudaStreamCaptureModeThreadLocal);
    try {
      work();
    } catch (...) {
      error = std::current_exception();
    }
    try {
      graph.capture_end();
    } catch (...) {
      if (!error) error = std::current_exception();
    }
    return error;
  }

  // A recording that failed: the allocator may still send memory of its stream to the pool, and ask the graph about it,
  // so that it has to live on.
  void forget(std::unique_ptr<CudaGraph> failed) {
    try {
      c10::cuda::CUDACachingAllocator::endAllocateToPool(side_.device_index(), pool_);
    } catch (const c10::Error&) {
      // It has ended already.
    }
    static_cast<void>(cudaGetLastError());  // or the next operation reports it as its own
    failed_.push_back(std::move(failed));
  }

  // After all that was asked for before, and before all that is asked for afterwards.
  void on_side_stream(const std::function<void()>& work) {
    const c10::Stream outer = c10::cuda::getCurrentCUDAStream(side_.device_index());
    const auto wait = [](c10::Stream waits, c10::Stream for_this) {
      c10::Event reached(c10::DeviceType::CUDA);
      reached.record(for_this);
      reached.block(waits);
    };
    wait(side_, outer);
    {
      const c10::StreamGuard guard(side_);
      work();
    }
    wait(outer, side_);
  }

  c10::cuda::CUDAStream side_;
  c10::MempoolId_t pool_;  // of all graphs: they run one after another, and nothing of one is read after the next
  std::vector<std::unique_ptr<CudaGraph>> failed_;
};

}  // namespace

std::unique_ptr<GraphDevice> create_graph_device(at::Device device) {
  if (!device.is_cuda())
    fail(ErrorKind::kDevice, "CUDA graphs on \"{}\", expected \"cuda\" or one of its cards like \"cuda:0\"",
         device.str());
  return std::make_unique<CudaGraphDevice>(device);
}

}  // namespace atl::trainer
