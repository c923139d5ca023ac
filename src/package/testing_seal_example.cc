// Seals a small evidence package for tests/stock_tools: OUT/package, OUT/keys, and OUT/opened by our own opening.
#include <cstdio>

#include "package/testing_world.h"

int main(int argc, char** argv) {
  using namespace crossguard;  // NOLINT
  if (argc != 2) return 2;
  const std::string out = argv[1];
  testing::InitGoogleTest(&argc, argv);
  // The stock programs judge certificates by today's date.
  World world("seal_example", World::Pdf::kReal, SystemClock().Now());
  world.Fill();
  MUST(world.Compose());
  const std::string referral = world.PackageOf("at-bk");
  MUST(world.Seal(referral));
  MUST(world.Release(referral));
  MUST(world.Answer(referral, Answer::kAccept));
  const std::string evidence = MUST(world.Evidence(referral)).id.text();
  MUST(world.ledger().Publish(world.db()));
  MUST(world.Seal(evidence));
  MUST(OpenPackage(world.env(), world.SealedFolder(evidence), world.KeysOf("at-bk"), world.clock().Now(),
                   out + "/opened"));
  std::filesystem::copy(world.SealedFolder(evidence), out + "/package");
  for (const auto& [from, to] :
       {std::pair{"at-bk.crt", "at-bk.crt"}, {"at-bk.key", "at-bk.key"}, {"example-ca.crt", "sender-ca.crt"}})
    WriteText(out + "/keys/" + to, AsText(world.Pem(from)));
  return testing::Test::HasFailure() ? 1 : 0;
}
