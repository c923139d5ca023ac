// Carries parcels over HTTPS to a node that runs `crossguard serve`. What has arrived is not sent again: the other side
// says how far it is.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "env/env.h"
#include "exchange/transport.h"
#include "server/client.h"

namespace crossguard::server {

// One thread. Keeps one connection open between calls, for the next parcel to the same peer.
class HttpsTransport final : public exchange::Transport {
 public:
  // env must outlive it. The certificate and key that peers have pinned.
  static Result<std::unique_ptr<HttpsTransport>> Make(Env& env, std::string_view certificate_pem,
                                                      std::string_view key_pem, ClientLimits limits = {});

  // Always a receipt or an error; also kCorrupt: a file arrived changed (call again, it is sent anew), kConflict: the
  // parcel's folder changed meanwhile, and what else the other side says.
  Result<std::optional<Bytes>> Carry(const exchange::Peer& peer, const std::string& parcel_folder,
                                     const exchange::ParcelOuter& outer) override;

 private:
  class Journey;
  HttpsTransport(Env& env, TlsContext tls, ClientLimits limits);
  Result<HttpsClient*> ClientFor(const exchange::Peer& peer);

  Env& env_;
  TlsContext tls_;
  ClientLimits limits_;
  std::unique_ptr<HttpsClient> client_;
  std::string client_address_;
  Sha256 client_key_;
};

}  // namespace crossguard::server
