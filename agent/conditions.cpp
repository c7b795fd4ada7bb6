#include "agent/conditions.h"

#include <ATen/TensorOperators.h>

namespace atl::agent {
namespace {

// The rows [..., width] of `table` that `classes` [...] name.
at::Tensor rows_of(const at::Tensor& table, const at::Tensor& classes) {
  std::vector<std::int64_t> shape = classes.sizes().vec();
  shape.push_back(table.size(1));
  return table.index_select(0, classes.flatten()).view(shape);
}

at::Tensor copy_of(const at::Tensor& values) {
  return values.defined() ? values.detach().cpu().contiguous() : at::Tensor();
}

at::Tensor transposed(const at::Tensor& values) { return values.defined() ? values.t() : values; }

}  // namespace

Conditions::Conditions(ParameterFactory& f, const ActionSizes& sizes, int pointer_width) {
  const int controls = sizes.controls;
  const int bins = sizes.bins;
  key_given_controls_ = f.constant("keys.given_controls", {controls, controls}, 0.0);
  x_given_controls_ = f.constant("mouse.x_given_controls", {bins, controls}, 0.0);
  y_given_controls_ = f.constant("mouse.y_given_controls", {bins, controls}, 0.0);
  y_given_x_ = f.constant("mouse.y_given_x", {bins, bins}, 0.0);
  if (sizes.wheel > 0) {
    wheel_given_controls_ = f.constant("wheel.given_controls", {sizes.wheel, controls}, 0.0);
    wheel_given_x_ = f.constant("wheel.given_x", {bins, sizes.wheel}, 0.0);
    wheel_given_y_ = f.constant("wheel.given_y", {bins, sizes.wheel}, 0.0);
  }
  if (sizes.pointer.num_classes() == 0) return;
  pointer_given_controls_ = f.constant("pointer.given_controls", {pointer_width, controls}, 0.0);
  pointer_given_x_ = f.constant("pointer.given_x", {bins, pointer_width}, 0.0);
  pointer_given_y_ = f.constant("pointer.given_y", {bins, pointer_width}, 0.0);
  if (sizes.wheel > 0) pointer_given_wheel_ = f.constant("pointer.given_wheel", {sizes.wheel, pointer_width}, 0.0);
}

at::Tensor Conditions::keys(const at::Tensor& controls) const {
  return controls.matmul(key_given_controls_.tril(-1).t());
}

at::Tensor Conditions::mouse_x(const at::Tensor& controls) const { return controls.matmul(x_given_controls_.t()); }

at::Tensor Conditions::mouse_y(const at::Tensor& controls, const at::Tensor& mouse_x) const {
  return controls.matmul(y_given_controls_.t()) + rows_of(y_given_x_, mouse_x);
}

at::Tensor Conditions::wheel(const GivenParts& given) const {
  return given.controls.matmul(wheel_given_controls_.t()) + rows_of(wheel_given_x_, given.mouse_x) +
         rows_of(wheel_given_y_, given.mouse_y);
}

at::Tensor Conditions::pointer_query(const GivenParts& given) const {
  const at::Tensor query = given.controls.matmul(pointer_given_controls_.t()) +
                           rows_of(pointer_given_x_, given.mouse_x) + rows_of(pointer_given_y_, given.mouse_y);
  return pointer_given_wheel_.defined() ? query + rows_of(pointer_given_wheel_, given.wheel) : query;
}

ConditionTables Conditions::tables() const {
  return {.keys_CC = copy_of(key_given_controls_.tril(-1).t()),
          .mouse_x_CM = copy_of(x_given_controls_.t()),
          .mouse_y_CM = copy_of(y_given_controls_.t()),
          .mouse_y_MM = copy_of(y_given_x_),
          .wheel_CW = copy_of(transposed(wheel_given_controls_)),
          .wheel_of_x_MW = copy_of(wheel_given_x_),
          .wheel_of_y_MW = copy_of(wheel_given_y_),
          .pointer_CQ = copy_of(transposed(pointer_given_controls_)),
          .pointer_of_x_MQ = copy_of(pointer_given_x_),
          .pointer_of_y_MQ = copy_of(pointer_given_y_),
          .pointer_of_wheel_WQ = copy_of(pointer_given_wheel_)};
}

}  // namespace atl::agent
