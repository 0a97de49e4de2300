# Patterns and files.
mkdir d d/e; : >a.c; : >b.c; : >c.h; : >.hid; : >d/x; : >d/e/y; : >'s p.c'; : >'*'
echo *.c; echo ?.c; echo [ab].c; echo [!a].c; echo [a-b].?; echo *.none; echo "*".c '?'.c \*.c
echo .h*; echo *; echo d/*; echo */*; echo d/*/y; echo */
x='*.h'; echo $x "$x"; for f in *.c; do echo "<$f>"; done
set -f; echo *.c; set +f
case a.c in *.h) echo h;; *.[ch]) echo c or h;; esac
case '*' in \*) echo star;; esac
case ab in "a*") echo no;; a*) echo yes;; esac
case x in a|b|x) echo alt;; esac
case "" in ?*) echo some;; "") echo none;; esac
case - in [a-]) echo dash;; esac
case ] in []]) echo bracket;; esac
case b in [!a-c]) echo no;; [[:alpha:]]) echo alpha;; esac
p='a*'; case abc in $p) echo live;; esac; case abc in "$p") echo no;; 'a'*) echo quoted;; esac
case x in (x) echo paren;; esac
y=*.h; echo "$y"; echo $y
echo [ "[" a[ []
case a in (b) echo no; esac; echo "none matched $?"
case "a b" in a\ b) echo blank;; esac
echo d/[e]/y "d/"*
for c in a B 3 _ ' '; do case $c in [[:upper:]]) echo U;; [[:digit:]_]) echo D;; [![:alnum:]]) echo N;; *) echo L;; esac; done
