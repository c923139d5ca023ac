// Any bytes as OUTER.json, MANIFEST.json, a list of digests and a name: no crash, and what is accepted is written again
// as it was.
#include <cstdlib>
#include <string>

#include "package/container.h"
#include "package/safe_names.h"
#include "package/stage.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace crossguard;  // NOLINT
  const std::string_view text = AsText({data, size});
  if (const auto page = ParseOuter(text); page && OuterText(*page) != text) std::abort();
  if (const auto page = ParseInner(text); page && InnerText(*page) != text) std::abort();
  if (const auto list = ParseDigestLines(text, "SHA256SUMS"); list && DigestLines(*list) != text) std::abort();
  // A safe name has no part that is empty, "." or ".."; "..o" is a name as any other.
  const std::string parts = "/" + std::string(text) + "/";
  if (CheckSafePath(text) && (parts.find("//") != parts.npos || parts.find("/./") != parts.npos ||
                              parts.find("/../") != parts.npos || parts.find('\0') != parts.npos))
    std::abort();
  return 0;
}
