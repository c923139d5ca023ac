// must fail with: is private within this context
// The script must complain: this fails for another reason than it says.
#ifdef MISUSE
int broken = missing;
#endif
