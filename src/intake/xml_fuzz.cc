// Any bytes as a report document: reading ends, in whole and in pieces, and gives the same number of records either
// way.
#include <cstdlib>

#include "intake/fuzz_sink.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return crossguard::intake::FuzzDialect({data, size}, crossguard::intake::Shape::kXmlReport);
}
