// The part of evaluation/statistics.h about stated probabilities.
#include "core/error.h"
#include "core/random.h"
#include "evaluation/statistics.h"

#include <algorithm>
#include <cmath>

namespace atl::evaluation {
namespace {

constexpr std::size_t kAurocDraws = 2'000;
constexpr double kLeastProbability = 1e-12;

// The area with each group counted as often as `times` says; `sorted` by probability. Negative: all or none are true.
double weighted_area(std::span<const StatedProbability> sorted, std::span<const std::uint32_t> times) {
  double below = 0.0;  // weight of the false ones so far
  double true_ones = 0.0;
  double area = 0.0;
  for (std::size_t begin = 0; begin < sorted.size();) {
    double tied_true = 0.0;
    double tied_false = 0.0;
    std::size_t end = begin;
    for (; end < sorted.size() && sorted[end].probability == sorted[begin].probability; ++end)
      (sorted[end].is_true ? tied_true : tied_false) += times[sorted[end].group];
    area += tied_true * (below + tied_false / 2);
    below += tied_false;
    true_ones += tied_true;
    begin = end;
  }
  return below > 0 && true_ones > 0 ? area / (below * true_ones) : -1.0;
}

double sigmoid(double x) { return x >= 0 ? 1.0 / (1.0 + std::exp(-x)) : std::exp(x) / (1.0 + std::exp(x)); }

double logit(double probability) {
  const double p = std::clamp(probability, kLeastProbability, 1.0 - kLeastProbability);
  return std::log(p) - std::log1p(-p);
}

// log(1 + exp(x)) without overflow.
double softplus(double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x))); }

// The cross-entropy of a fit on logits and targets, and its first and second derivatives.
struct Likelihood {
  std::span<const double> logits;
  std::span<const double> targets;

  [[nodiscard]] double loss(const LogisticFit& fit) const {
    double sum = 0.0;
    for (std::size_t i = 0; i < logits.size(); ++i) {
      const double z = fit.scale * logits[i] + fit.offset;
      sum += softplus(z) - targets[i] * z;
    }
    return sum;
  }

  // Newton's step and the slope along it.
  struct Step {
    LogisticFit by;
    double slope = 0.0;
  };
  [[nodiscard]] Step newton(const LogisticFit& fit) const {
    constexpr double kRidge = 1e-12;
    double g1 = 0.0;
    double g2 = 0.0;
    double h11 = kRidge;
    double h12 = 0.0;
    double h22 = kRidge;
    for (std::size_t i = 0; i < logits.size(); ++i) {
      const double x = logits[i];
      const double p = sigmoid(fit.scale * x + fit.offset);
      g1 += (p - targets[i]) * x;
      g2 += p - targets[i];
      h11 += p * (1 - p) * x * x;
      h12 += p * (1 - p) * x;
      h22 += p * (1 - p);
    }
    const double determinant = h11 * h22 - h12 * h12;
    const LogisticFit by{-(h22 * g1 - h12 * g2) / determinant, -(h11 * g2 - h12 * g1) / determinant};
    return {by, g1 * by.scale + g2 * by.offset};
  }
};

}  // namespace

std::optional<Estimate> auroc(std::span<const StatedProbability> stated, std::uint64_t seed) {
  std::vector<StatedProbability> sorted(stated.begin(), stated.end());
  std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.probability < b.probability; });
  std::size_t groups = 0;
  for (const StatedProbability& s : sorted) groups = std::max(groups, s.group + 1);
  const double area = weighted_area(sorted, std::vector<std::uint32_t>(groups, 1));
  if (area < 0) return std::nullopt;

  Random random(seed);
  std::vector<double> areas;
  std::vector<std::uint32_t> times(groups);
  for (std::size_t draw = 0; draw < kAurocDraws; ++draw) {
    std::fill(times.begin(), times.end(), 0);
    for (std::size_t i = 0; i < groups; ++i) ++times[random.below(static_cast<std::uint32_t>(groups))];
    const double drawn = weighted_area(sorted, times);
    if (drawn >= 0) areas.push_back(drawn);
  }
  std::sort(areas.begin(), areas.end());
  return areas.empty() ? Estimate{area, 0.0, 1.0} : Estimate{area, quantile(areas, 0.025), quantile(areas, 0.975)};
}

std::vector<ReliabilityBin> reliability_bins(std::span<const StatedProbability> stated, std::size_t num_bins,
                                             Binning binning) {
  ATOLL_CHECK(num_bins > 0, "{} bins, expected at least 1", num_bins);
  if (stated.empty()) return {};
  std::vector<double> sorted;
  for (const StatedProbability& s : stated) sorted.push_back(s.probability);
  std::sort(sorted.begin(), sorted.end());
  std::vector<double> edges;  // between bins
  for (std::size_t i = 1; i < num_bins; ++i) {
    const double share = static_cast<double>(i) / static_cast<double>(num_bins);
    edges.push_back(binning == Binning::kEqualWidth ? share : quantile(sorted, share));
  }
  std::vector<ReliabilityBin> bins(num_bins);
  for (const StatedProbability& s : stated) {
    const auto edge = std::lower_bound(edges.begin(), edges.end(), s.probability);
    ReliabilityBin& bin = bins[static_cast<std::size_t>(edge - edges.begin())];
    ++bin.n;
    bin.num_true += s.is_true ? 1 : 0;
    bin.mean_probability += s.probability;
  }
  std::erase_if(bins, [](const ReliabilityBin& bin) { return bin.n == 0; });
  for (ReliabilityBin& bin : bins) bin.mean_probability /= static_cast<double>(bin.n);
  return bins;
}

double calibration_error(std::span<const ReliabilityBin> bins) {
  double sum = 0.0;
  double n = 0.0;
  for (const ReliabilityBin& bin : bins) {
    const double count = static_cast<double>(bin.n);
    sum += std::abs(static_cast<double>(bin.num_true) - bin.mean_probability * count);
    n += count;
  }
  return n > 0 ? sum / n : 0.0;
}

LogisticFit fit_logistic(std::span<const StatedProbability> stated) {
  const double num_true =
      static_cast<double>(std::count_if(stated.begin(), stated.end(), [](const auto& s) { return s.is_true; }));
  const double num_false = static_cast<double>(stated.size()) - num_true;
  ATOLL_CHECK(num_true > 0 && num_false > 0, "a fit to {} true and {} false, expected some of each", num_true,
              num_false);
  std::vector<double> logits;
  std::vector<double> targets;
  for (const StatedProbability& s : stated) {
    logits.push_back(logit(s.probability));
    targets.push_back(s.is_true ? (num_true + 1) / (num_true + 2) : 1 / (num_false + 2));
  }
  const Likelihood likelihood{logits, targets};
  LogisticFit fit;
  for (int round = 0; round < 100; ++round) {
    const Likelihood::Step step = likelihood.newton(fit);
    if (-step.slope < 1e-12) break;
    const double before = likelihood.loss(fit);
    double size = 1.0;
    const auto at = [&] { return LogisticFit{fit.scale + size * step.by.scale, fit.offset + size * step.by.offset}; };
    while (size > 1e-10 && likelihood.loss(at()) > before + 1e-4 * size * step.slope) size /= 2;
    fit = at();
  }
  return fit;
}

double apply(const LogisticFit& fit, double probability) {
  return sigmoid(fit.scale * logit(probability) + fit.offset);
}

}  // namespace atl::evaluation
