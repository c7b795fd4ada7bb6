#include "distributed/peer_exchange.h"

#include "distributed/peer_node.h"

namespace atl::distributed {
namespace {

class PeerExchange final : public Exchange {
 public:
  explicit PeerExchange(std::unique_ptr<PeerNode> node) : node_(std::move(node)) {}

  [[nodiscard]] const SyncConfig& config() const override { return node_->desk().config(); }
  [[nodiscard]] const std::vector<Fragment>& fragments() const override { return node_->fragments(); }
  bool push(std::size_t fragment, std::span<const float> values, const WindowFacts& window,
            std::span<float> eager) override {
    return node_->desk().push(fragment, values, window, eager);
  }
  std::optional<std::int64_t> wait_take(std::size_t fragment, std::span<float> values, Timestamp deadline) override {
    return node_->desk().wait_take(fragment, values, deadline);
  }
  void note(const Beat& beat) override { node_->note(beat); }
  std::optional<DataLease> wait_lease(Timestamp deadline) override { return node_->desk().wait_lease(deadline); }
  [[nodiscard]] ExchangeFacts facts() override { return node_->desk().facts(); }
  void leave(Timestamp deadline) override { node_->leave(deadline); }

 private:
  std::unique_ptr<PeerNode> node_;
};

}  // namespace

std::unique_ptr<Exchange> create_peer_exchange(const PeerOptions& options,
                                               const std::function<void(const std::string&)>& on_address) {
  auto node = std::make_unique<PeerNode>(options, on_address);
  if (!node->has_joined()) return nullptr;
  return std::make_unique<PeerExchange>(std::move(node));
}

}  // namespace atl::distributed
