# Quotes, parameters, splitting.
x='a  b'; e=; unset u
echo $x; echo "$x"; echo '$x'; printf '%s\n' \$x "\$x \" \\ \a"
p() { printf '<%s>' "$@"; echo " $#"; }
p $x; p "$x"; p $e; p "$e"; p '' "" ; p $x"$x"$x; p a$e"$e"b
p ${u-def} ${u:-d e f} "${u:-d e f}" ${e-no} ${e:-yes} ${x+set} ${u+set} ${e:+set} "${e+set}"
p ${u:=assigned}; p "$u"
p ${#x} ${#e} ${#u}
f=/usr/local/lib/libfoo.so.1.2
p ${f#*/} ${f##*/} ${f%.*} ${f%%.*} ${f#nothing} "${f%"/libfoo.so.1.2"}" ${f%/*}
s='*x*'; p "${s#\*}" "${s#'*'}" "${s%"*"}" "${s#?}"
set -- 1 '2 3' '' 4
p $*; p "$*"; p $@; p "$@"; p "a$@b"; p $#
IFS=,; p "$*"; p $*; y=a,b,,c,; p $y; p "$y"; IFS=
p $x; p "$*"
IFS=' ,'; y=' a , b,c  d , '; p $y; IFS=' 	
'
set --; p "$@"; p $@; p "$*"; p "a$@"; p ""$@""
shift 0; set -- a b c d e f g h i j k; p $10 ${10} ${11}; shift 3; p $1 $#
p "${u}x" ${u}y "$u"'$u'"$u"
p "$(echo 'a  b'; echo)" $(echo 'a  b')
p "$(printf 'x\n\n\n')" `echo \`echo nested\`` "`echo "q"`"
p $(case x in x) echo yes;; esac) "$(echo ")" '(' )"
v=$(exit 3); echo $?
HOME=/h; p ~; t=~/x:~; p "$t"; p "~" a~ ~/y ~x
p a\
b
p "a\
b"
q="it's"; p "$q" "${q}"; p "'$q'" '"'
(: ${u2?is missing}) 2>/dev/null; echo "error $?"
(echo ${u2:?}) 2>/dev/null; echo "error $?"
p ${x:-$(echo not run >&2)}
z=1; z=$z$z; z=$z$z; p $z; a=1 b=$z; p $a$b
p $? $((1)) "$((1 + 2))" $((3))4
p "${u-"x y"}" ${u-"x y"} "${w-"x y"}" ${w-"x y"} ${w-'x  y'} ${w-x\ y}
p "${w-'q'}" "${w-a\}b}" "${w-${x}}" ${w-${w-${w-deep}}}
p -$-; h='#'; p a#b $h; set -u; (echo $nope) 2>/dev/null; echo "nounset $?"; p ${nope-ok}; set +u
p $'x' "$" $ "a$" $% 
IFS=x; v=axbxc; p $v; unset IFS; p $v "a b"
o='a:b'; (IFS=:; p $o); p $o
p ${#} $(set -- 1 2 3; echo ${#})
