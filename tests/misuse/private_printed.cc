// must fail with: no match for 'operator<<'|invalid operands to binary expression
// What is private cannot be printed.
#include <ostream>
#include <string>

#include "base/private.h"

namespace crossguard {
void Print(std::ostream& out, const Private<std::string>& email) {
  out << email.reveal().size();
#ifdef MISUSE
  out << email;
#endif
}
}  // namespace crossguard
