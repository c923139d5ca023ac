// Any bytes as OUTER.json, MANIFEST.json, a list of digests and a name: no crash, and what is accepted is written again
// as it was.
#include <cstdlib>

#include "package/container.h"
#include "package/safe_names.h"
#include "package/stage.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace crossguard;  // NOLINT
  const std::string_view text = AsText({data, size});
  if (const auto page = ParseOuter(text); page && OuterText(*page) != text) std::abort();
  if (const auto page = ParseInner(text); page && InnerText(*page) != text) std::abort();
  if (const auto list = ParseDigestLines(text, "SHA256SUMS"); list && DigestLines(*list) != text) std::abort();
  if (CheckSafePath(text) && (text.starts_with('/') || text.find("..") == 0 || text.find('\0') != text.npos))
    std::abort();
  return 0;
}
