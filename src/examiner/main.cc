// crossguard-examiner: the program that opens strangers' files. It is started by crossguard, never by hand.
#include "examiner/zygote.h"

int main() {
  return crossguard::examiner::RunZygote(crossguard::examiner::kProgram, nullptr);
}
