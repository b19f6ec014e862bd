package dev.dalang.engine.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The parts of a {@code tokenizer.json}, put together as published models put them together. */
class HfTokenizerTest {

    private static Tokenizer json(String json) {
        byte[] bytes = json.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
        return HfTokenizer.read(Json.parse("tokenizer.json", bytes), HfConfig.read(null));
    }

    @Test
    void asLlama2() {
        Tokenizer tokenizer = json("""
                {'added_tokens':[{'id':0,'content':'<unk>','special':true},{'id':1,'content':'<s>','special':true}],
                 'normalizer':{'type':'Sequence','normalizers':[{'type':'Prepend','prepend':'▁'},
                   {'type':'Replace','pattern':{'String':' '},'content':'▁'}]},
                 'post_processor':{'type':'TemplateProcessing',
                   'single':[{'SpecialToken':{'id':'<s>','type_id':0}},{'Sequence':{'id':'A','type_id':0}}],
                   'special_tokens':{'<s>':{'id':'<s>','ids':[1],'tokens':['<s>']}}},
                 'decoder':{'type':'Sequence','decoders':[{'type':'Replace','pattern':{'String':'▁'},'content':' '},
                   {'type':'ByteFallback'},{'type':'Fuse'},{'type':'Strip','content':' ','start':1,'stop':0}]},
                 'model':{'type':'BPE','byte_fallback':true,'fuse_unk':true,'unk_token':'<unk>','merges':['▁ a',['▁a','b']],
                   'vocab':{'<unk>':0,'<s>':1,'▁':2,'a':3,'b':4,'▁a':5,'▁ab':6,'<0xC3>':7,'<0xA9>':8}}}
                """);
        int[] ids = tokenizer.withSpecials(tokenizer.encode("ab aé中x", true));
        assertThat(ids).containsExactly(1, 6, 5, 7, 8, 0);
        assertThat(tokenizer.decode(ids, false)).isEqualTo("ab aé");
        assertThat(tokenizer.special().bos()).isEqualTo(1);
        assertThat(tokenizer.special().unk()).isZero();
    }

    @Test
    void asByteLevel() {
        Tokenizer tokenizer = json("""
                {'pre_tokenizer':{'type':'Sequence','pretokenizers':[
                   {'type':'Split','pattern':{'Regex':'\\\\p{N}'},'behavior':'Isolated','invert':false},
                   {'type':'ByteLevel','add_prefix_space':false,'use_regex':true}]},
                 'decoder':{'type':'ByteLevel'},
                 'model':{'type':'BPE','ignore_merges':true,'merges':['a b'],
                   'vocab':{'a':0,'b':1,'ab':2,'Ġ':3,'1':4,'Ã':5,'©':6,'Ġab':7,'11':8}}}
                """);
        assertThat(tokenizer.encode("ab ab11é a", false)).containsExactly(2, 7, 4, 4, 5, 6, 3, 0);
        assertThat(tokenizer.decode(new int[] {2, 7, 4, 4, 5, 6, 3, 0}, false)).isEqualTo("ab ab11é a");
    }

    @Test
    void asT5() {
        Tokenizer tokenizer = json("""
                {'pre_tokenizer':{'type':'Metaspace','replacement':'▁','prepend_scheme':'always','split':true},
                 'decoder':{'type':'Metaspace','replacement':'▁','prepend_scheme':'always'},
                 'post_processor':{'type':'TemplateProcessing',
                   'single':[{'Sequence':{'id':'A','type_id':0}},{'SpecialToken':{'id':'</s>','type_id':0}}],
                   'special_tokens':{'</s>':{'id':'</s>','ids':[1],'tokens':['</s>']}}},
                 'added_tokens':[{'id':1,'content':'</s>','special':true}],
                 'model':{'type':'Unigram','unk_id':0,'vocab':[['<unk>',0],['</s>',0],['▁',-3],['a',-2],['b',-2],
                   ['ab',-3.5],['▁ab',-4],['▁a',-2.5]]}}
                """);
        int[] ids = tokenizer.withSpecials(tokenizer.encode("ab bab zz", true));
        assertThat(ids).containsExactly(6, 2, 4, 5, 2, 0, 1);
        assertThat(tokenizer.addsEos()).isTrue();
        assertThat(tokenizer.decode(tokenizer.encode("ab bab", true), false)).isEqualTo("ab bab");
    }

    @Test
    void asBert() {
        Tokenizer tokenizer = json("""
                {'normalizer':{'type':'BertNormalizer','lowercase':true},'pre_tokenizer':{'type':'BertPreTokenizer'},
                 'post_processor':{'type':'BertProcessing','cls':['[CLS]',1],'sep':['[SEP]',2]},
                 'decoder':{'type':'WordPiece','prefix':'##','cleanup':true},
                 'added_tokens':[{'id':1,'content':'[CLS]','special':true},{'id':2,'content':'[SEP]','special':true}],
                 'model':{'type':'WordPiece','unk_token':'[UNK]',
                   'vocab':{'[UNK]':0,'[CLS]':1,'[SEP]':2,'cafe':3,'##s':4,'!':5,'中':6}}}
                """);
        int[] ids = tokenizer.withSpecials(tokenizer.encode("Cafés中 !x", true));
        assertThat(ids).containsExactly(1, 3, 4, 6, 5, 0, 2);
        assertThat(tokenizer.decode(new int[] {3, 4, 5}, false)).isEqualTo("cafes!");
        assertThat(tokenizer.decode(new int[] {1, 3, 2}, true)).isEqualTo("[CLS] cafe [SEP]");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "{'type':'Whitespace'}; a_b c-d; a_b/c/-/d",
                "{'type':'WhitespaceSplit'}; a_b  c-d; a_b/c-d",
                "{'type':'Digits','individual_digits':true}; a12b; a/1/2/b",
                "{'type':'Digits','individual_digits':false}; a12b; a/12/b",
                "{'type':'Punctuation'}; a,.b; a/,/./b",
                "{'type':'Punctuation','behavior':'Contiguous'}; a,.b; a/,./b",
                "{'type':'CharDelimiterSplit','delimiter':'-'}; a-b-c; a/b/c",
                "{'type':'Split','pattern':{'String':'-'},'behavior':'MergedWithPrevious'}; a-b-c; a-/b-/c",
                "{'type':'Split','pattern':{'String':'-'},'behavior':'MergedWithNext'}; a-b--c; a/-b/-/-c",
                "{'type':'Split','pattern':{'Regex':'[a-z]'},'behavior':'Removed','invert':true}; a-b; a/b",
                "{'type':'UnicodeScripts'}; どこで生れ。Yes; どこで生れ/。/Yes",
                "{'type':'FixedLength','length':2}; abcde; ab/cd/e",
                "{'type':'ByteLevel','add_prefix_space':true}; hé x; ĠhÃ©/Ġx",
                "{'type':'Metaspace','prepend_scheme':'first','split':true}; a b; ▁a/▁b",
                "{'type':'Metaspace','prepend_scheme':'never','split':false}; a b; a▁b"
            })
    void preTokenizers(String json, String text, String pieces) {
        byte[] bytes = json.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
        StringBuilder joined = new StringBuilder();
        HfPreTokenizers.read(Json.parse("test", bytes))
                .split(
                        text,
                        true,
                        (piece, start) ->
                                joined.append(joined.isEmpty() ? "" : "/").append(piece));
        assertThat(joined.toString()).isEqualTo(pieces);
    }
}
