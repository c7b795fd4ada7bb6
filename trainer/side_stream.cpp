#include "trainer/side_stream.h"

#include <ATen/core/Tensor.h>
#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>

namespace atl::trainer {

SideStream::SideStream(at::Device device) : device_(device) {
  if (device.is_cpu()) return;
  const c10::impl::VirtualGuardImpl of_device(device.type());
  stream_ = of_device.getStreamFromGlobalPool(device);
  sent_.emplace(device.type());
}

void SideStream::send(Batch& batch) {
  if (!stream_) return;
  const c10::StreamGuard guard(*stream_);
  move_batch(batch, device_);
  sent_->record(*stream_);
}

void SideStream::join(Batch& batch) {
  if (!stream_) return;
  const c10::Stream computes = c10::impl::VirtualGuardImpl(device_.type()).getStream(device_);
  sent_->block(computes);
  // Memory of the side stream, which must not serve its next copy while this batch is read.
  for (at::Tensor* tensor : tensors_of(batch)) {
    if (tensor->defined()) tensor->record_stream(computes);
  }
}

}  // namespace atl::trainer
