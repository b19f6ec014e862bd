package dev.dalang.engine.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.dalang.api.DalangException;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Templates made to exhaust or to escape: each ends soon, with a named error or without harm. */
class HostileTemplatesTest {

    private static Throwable failure(String source) {
        // A bound for the test run only; the steps allowed are what ends these templates.
        return Assertions.assertTimeoutPreemptively(
                Duration.ofSeconds(60),
                () -> catchThrowable(
                        () -> Template.parse(source).render(Map.of("user", "<|x|>"), RenderOptions.DEFAULT)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{{ 'x' * 10**9 }}",
                "{{ ['x'] * 10**9 }}",
                "{{ 10**(10**10) }}",
                "{{ 9**(9**9) }}",
                "{{ range(10**9) }}",
                "{{ 'a'.center(10**9) }}",
                "{{ '%1000000000d' % 1 }}",
                "{{ '%.1000000000f' % 1.0 }}",
                "{{ '{:>1000000000}'.format(1) }}",
                "{{ 'a'.ljust(999999999) ~ 'b' }}",
                "{{ ('a\\t' * 1000000).expandtabs(100000) }}",
                "{{ [1]|batch(10**9, 'x')|list }}",
                "{{ [1]|slice(10**9, 'x')|list }}",
                "{{ 'a'|indent(10**9, true) }}",
                "{{ [1]|tojson(indent=10**9) }}",
                "{{ ('a' * 1000000).replace('', 'b' * 1000) }}",
                "{{ ('ab' * 1000000).replace('a', 'b' * 100000) }}",
                "{{ ('a' * 5000).join('b' * 100000) }}",
                "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
                "{% macro f(n) %}{% if n %}{{ f(n) }}{{ f(n) }}{% endif %}{% endmacro %}{{ f(1) }}",
                "{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}",
                "{% set ns = namespace(s='x') %}{% for i in range(100) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}",
                "{% set ns = namespace(l=[1]) %}{% for i in range(100) %}{% set ns.l = ns.l + ns.l %}{% endfor %}",
                "{% set ns = namespace(l=[]) %}{% for i in range(100) %}{% set ns.l = [ns.l, ns.l] %}{% endfor %}"
                        + "{{ ns.l == [ns.l, ns.l] }}{{ ns.l }}",
                "{% set ns = namespace(l=[]) %}{% for i in range(5000) %}{% set ns.l = [ns.l] %}{% endfor %}{{ ns.l }}",
                "{% set ns = namespace(l=[]) %}{% for i in range(5000) %}{% set ns.l = [ns.l] %}{% endfor %}"
                        + "{{ ns.l|tojson }}",
                "{% set ns = namespace(a=(1,)) %}{% for i in range(5000) %}{% set ns.a = (ns.a,) %}{% endfor %}"
                        + "{{ {ns.a: 1} }}",
                "{% set a = namespace(l=[]) %}{% set b = namespace(l=[]) %}{% for i in range(5000) %}"
                        + "{% set a.l = [a.l] %}{% set b.l = [b.l] %}{% endfor %}{{ a.l == b.l }}",
                "{% set ns = namespace() %}{% set ns.me = ns %}{{ ns }}",
                "{% for x in [[1]] recursive %}{{ loop([[1]]) }}{% endfor %}",
                "{% for i in range(100000) %}{{ 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' * 100 }}{% endfor %}",
                "{% macro m() %}{{ caller() }}{% endmacro %}{% macro f() %}{% call m() %}{{ f() }}{% endcall %}"
                        + "{% endmacro %}{{ f() }}",
            })
    void limits(String source) {
        Throwable failure = failure(source);
        assertThat(failure).isInstanceOf(DalangException.class);
        assertThat(Template.kind((DalangException) failure))
                .as(failure.getMessage())
                .isEqualTo(TemplateError.Kind.LIMIT);
        assertThat(failure.getMessage()).hasLineCount(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"(", "[", "{1:", "-", "not ", "1 if 1 else ", "f(", "a[", "1 if (", "x|f("})
    void deepExpressions(String open) {
        assertThat(failure("{{ " + open.repeat(100_000) + "1")).isInstanceOf(DalangException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{% if 1 %}",
                "{% for x in y %}",
                "{% filter upper %}",
                "{% with %}",
                "{% set x %}",
                "{% macro m() %}",
                "{% call m() %}"
            })
    void deepStatements(String open) {
        assertThat(failure(open.repeat(50_000))).isInstanceOf(DalangException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {" + 1", ".a", "[0]", "()", " ** 1", " * 1", " or 0", " and 1", " if 1", "|int", " is eq 1"})
    void longChains(String link) {
        // A chain is a deep tree even though its text does not nest.
        Throwable failure = failure("{{ 1" + link.repeat(60_000) + " }}");
        assertThat(failure).isInstanceOfAny(DalangException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{{ ''.__class__.__mro__[1].__subclasses__() }}",
                "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
                "{{ user.__class__.__base__ }}",
                "{{ self.__init__.__globals__ }}",
                "{{ (''|attr('__class__')).__mro__ }}",
                "{{ '{0.__class__.__mro__}'.format('') }}",
                "{{ ''.getClass().forName('java.lang.Runtime') }}",
                "{{ user.getClass() }}",
                "{{ user.text.getClass() }}",
                "{{ [].toString() }}",
                "{{ range.body.getClass() }}",
                "{{ namespace.__init__.__globals__ }}",
                "{{ user['__class__']['__mro__'] }}",
                "{{ [''].append(1) }}",
                "{% include '/etc/passwd' %}",
                "{% import 'os' as os %}",
                "{% from 'os' import path %}",
                "{% extends 'x' %}",
                "{% do x.append(1) %}",
                "{{ lipsum.__globals__ }}{{ lipsum() }}",
            })
    void escapes(String source) {
        assertThat(failure(source)).isInstanceOf(DalangException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{{ ''.__class__ }}", "{{ user._x }}", "{{ range.__globals__ }}", "{{ user.text }}"})
    void whatIsHiddenPrintsNothing(String source) {
        assertThat(Template.parse(source)
                        .render(Map.of("user", "u"), RenderOptions.DEFAULT)
                        .text()
                        .text())
                .isEmpty();
    }

    @Test
    void userTextIsNeverATemplate() {
        String text = "{{ 1 + 1 }}{% if %}";
        assertThat(Template.parse("[{{ user }}]")
                        .render(Map.of("user", text), RenderOptions.DEFAULT)
                        .text()
                        .text())
                .isEqualTo("[" + text + "]");
    }

    @Test
    void smallStacksEndInANamedError() throws InterruptedException {
        Throwable[] failure = new Throwable[1];
        Thread thread = new Thread(null, () -> failure[0] = failure("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}"));
        thread.start();
        thread.join();
        assertThat(failure[0]).isInstanceOf(DalangException.class);
    }
}
