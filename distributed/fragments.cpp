#include "distributed/fragments.h"

#include "core/error.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <map>
#include <numeric>

namespace atl::distributed {

void describe(ConfigVisitor& v, ModuleConfig& config) {
  v.field("prefix", &config.prefix);
  v.field("islands", &config.islands);
}

void describe(ConfigVisitor& v, FragmentConfig& config) {
  v.field("count", &config.count, {.min = 1, .max = 4096});
  v.field("pattern", &config.pattern, {.one_of = {"strided", "sequential", "packed"}});
  v.list("modules", config.modules);
}

std::size_t Fragment::num_values() const {
  return std::accumulate(ranges.begin(), ranges.end(), std::size_t{0},
                         [](std::size_t sum, const Range& range) { return sum + range.size; });
}

bool Fragment::has(const std::string& island) const {
  return islands.empty() || std::ranges::find(islands, island) != islands.end();
}

bool FragmentFacts::has(const std::string& island) const {
  return islands.empty() || std::ranges::find(islands, island) != islands.end();
}

void gather(const Fragment& fragment, std::span<const float> parameters, std::span<float> values) {
  std::size_t at = 0;
  for (const Range& range : fragment.ranges) {
    std::ranges::copy(parameters.subspan(range.begin, range.size), values.subspan(at, range.size).begin());
    at += range.size;
  }
}

void scatter(const Fragment& fragment, std::span<const float> values, std::span<float> parameters) {
  std::size_t at = 0;
  for (const Range& range : fragment.ranges) {
    std::ranges::copy(values.subspan(at, range.size), parameters.subspan(range.begin, range.size).begin());
    at += range.size;
  }
}

namespace {

using Tensors = std::vector<TensorPlace>;

// "blocks.3.weight" is of layer "blocks.3"; what has no number in its name, of none.
std::string layer_of(const std::string& name) {
  std::size_t begin = 0;
  while (begin <= name.size()) {
    const std::size_t end = std::min(name.find('.', begin), name.size());
    const std::string_view part(name.data() + begin, end - begin);
    if (!part.empty() && std::ranges::all_of(part, [](unsigned char c) { return std::isdigit(c) != 0; }))
      return name.substr(0, end);
    begin = end + 1;
  }
  return {};
}

// Layers in the order of their first tensors; those of none are not among them.
std::vector<Tensors> layers_of(const Tensors& tensors, Tensors& others) {
  std::vector<Tensors> layers;
  std::map<std::string, std::size_t> index;
  for (const TensorPlace& tensor : tensors) {
    const std::string layer = layer_of(tensor.name);
    if (layer.empty()) {
      others.push_back(tensor);
      continue;
    }
    const auto [place, is_new] = index.emplace(layer, layers.size());
    if (is_new) layers.emplace_back();
    layers[place->second].push_back(tensor);
  }
  return layers;
}

void need(std::size_t found, std::size_t count, const char* what) {
  if (found >= count) return;
  fail(ErrorKind::kConfig, "fragments.count is {}, but the model has {} {}; expected at most as many fragments", count,
       found, what);
}

std::vector<Tensors> strided(const Tensors& tensors, std::size_t count) {
  Tensors others;
  const std::vector<Tensors> layers = layers_of(tensors, others);
  if (count > 1) need(layers.size(), count, "layers (names with a number)");
  std::vector<Tensors> parts(count);
  parts[0] = others;
  for (std::size_t i = 0; i < layers.size(); ++i)
    parts[i % count].insert(parts[i % count].end(), layers[i].begin(), layers[i].end());
  return parts;
}

// Cut where each part's share of all values ends, every part with at least one tensor.
std::vector<Tensors> sequential(const Tensors& tensors, std::size_t count) {
  need(tensors.size(), count, "tensors");
  double total = 0;
  for (const TensorPlace& tensor : tensors) total += static_cast<double>(tensor.size);
  std::vector<Tensors> parts(count);
  std::size_t part = 0;
  double done = 0;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const double middle = done + static_cast<double>(tensors[i].size) / 2;
    const bool is_past = middle >= total * static_cast<double>(part + 1) / static_cast<double>(count);
    const bool must = tensors.size() - i == count - 1 - part;  // one for each part that is left
    if (part + 1 < count && !parts[part].empty() && (is_past || must)) ++part;
    parts[part].push_back(tensors[i]);
    done += static_cast<double>(tensors[i].size);
  }
  return parts;
}

// Greedy bin packing: the largest tensors first, each to the part that has least.
std::vector<Tensors> packed(Tensors tensors, std::size_t count) {
  need(tensors.size(), count, "tensors");
  std::ranges::stable_sort(tensors, std::ranges::greater{}, &TensorPlace::size);
  std::vector<Tensors> parts(count);
  std::vector<std::size_t> sizes(count);
  for (const TensorPlace& tensor : tensors) {
    std::size_t part = 0;
    for (std::size_t i = 1; i < count; ++i) {  // empty ones first, also where tensors have no values
      if (std::pair(!parts[i].empty(), sizes[i]) < std::pair(!parts[part].empty(), sizes[part])) part = i;
    }
    parts[part].push_back(tensor);
    sizes[part] += tensor.size;
  }
  return parts;
}

// Neighbours become one range.
std::vector<Range> ranges_of(Tensors tensors) {
  std::ranges::sort(tensors, {}, &TensorPlace::begin);
  std::vector<Range> ranges;
  for (const TensorPlace& tensor : tensors) {
    if (!ranges.empty() && ranges.back().begin + ranges.back().size == tensor.begin)
      ranges.back().size += tensor.size;
    else
      ranges.push_back({tensor.begin, tensor.size});
  }
  return ranges;
}

}  // namespace

std::vector<Fragment> make_fragments(const FragmentConfig& config, std::span<const TensorPlace> tensors) {
  std::vector<Fragment> modules;
  Tensors shared(tensors.begin(), tensors.end());
  for (const ModuleConfig& module : config.modules) {
    const auto own = std::stable_partition(shared.begin(), shared.end(), [&](const TensorPlace& tensor) {
      return !tensor.name.starts_with(module.prefix);
    });
    if (own == shared.end())
      fail(ErrorKind::kConfig, "fragments.modules: no tensor of the model is called {}... that is in no other module",
           module.prefix);
    modules.push_back({.name = module.prefix, .ranges = ranges_of({own, shared.end()}), .islands = module.islands});
    shared.erase(own, shared.end());
  }
  const auto count = static_cast<std::size_t>(config.count);
  if (shared.empty() && !modules.empty()) return modules;
  const std::vector<Tensors> parts = config.pattern == "sequential" ? sequential(shared, count)
                                     : config.pattern == "packed"   ? packed(shared, count)
                                                                    : strided(shared, count);
  std::vector<Fragment> fragments;
  for (std::size_t i = 0; i < parts.size(); ++i)
    fragments.push_back(
        {.name = count == 1 ? "all" : fmt::format("part{}", i), .ranges = ranges_of(parts[i]), .islands = {}});
  fragments.insert(fragments.end(), modules.begin(), modules.end());
  return fragments;
}

FragmentSchedule::FragmentSchedule(std::int64_t steps, std::size_t fragments) : fragments_(fragments) {
  ATOLL_CHECK(steps > 0 && fragments > 0, "{} steps, {} fragments, expected some", steps, fragments);
  const double apart = static_cast<double>(steps) / static_cast<double>(fragments);
  apart_ = std::max<std::int64_t>(1, std::llrint(apart));
}

std::optional<std::size_t> FragmentSchedule::due(std::int64_t step) const {
  if (step <= 0 || step % apart_ != 0) return std::nullopt;
  return static_cast<std::size_t>(step % period() / apart_);
}

std::int64_t FragmentSchedule::next_due(std::size_t fragment, std::int64_t step) const {
  const std::int64_t offset = static_cast<std::int64_t>(fragment) * apart_;
  const std::int64_t turns = step < offset ? 0 : (step - offset) / period() + 1;
  const std::int64_t next = offset + turns * period();
  return next == 0 ? period() : next;  // nothing is sent after no step
}

}  // namespace atl::distributed
