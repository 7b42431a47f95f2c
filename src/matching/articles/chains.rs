//! Runs that follow each other in an article as they do in a text.

use super::overlap::{Chain, Run};

/// Most words of the article between two runs of a chain.
pub const LARGEST_GAP: u32 = 40;

/// Most words by which the distance between article and text may change from run to run: words put in or left out.
pub const LARGEST_SHIFT: i64 = 8;

/// The chains of `runs`, which stand in the order of the text. For each run the number of its chain.
pub fn chain(runs: &[Run], factor: u32) -> (Vec<Chain>, Vec<usize>) {
    let mut chains: Vec<Chain> = Vec::new();
    let mut ends: Vec<Run> = Vec::new();
    let mut of_run = Vec::with_capacity(runs.len());
    // Chains that may still be continued, the youngest last.
    let mut open: Vec<usize> = Vec::new();
    for run in runs {
        open.retain(|&chain| {
            run.text <= ends[chain].text_end() + (LARGEST_GAP + LARGEST_SHIFT as u32) * factor
        });
        let follows = |end: &Run| {
            run.article >= end.article
                && run.article_end() > end.article_end()
                && run.article <= end.article_end() + LARGEST_GAP * factor
                && (run.diagonal() - end.diagonal()).abs() <= LARGEST_SHIFT
        };
        let nearest = open
            .iter()
            .copied()
            .filter(|&chain| follows(&ends[chain]))
            .min_by_key(|&chain| (run.diagonal() - ends[chain].diagonal()).abs());
        let chain = nearest.unwrap_or_else(|| {
            chains.push(Chain { from: run.article, to: run.article, found: 0, runs: 0 });
            ends.push(*run);
            open.push(chains.len() - 1);
            chains.len() - 1
        });
        let Chain { to, found, runs, .. } = &mut chains[chain];
        *found += run.article_end().saturating_sub(run.article.max(*to));
        *to = (*to).max(run.article_end());
        *runs += 1;
        ends[chain] = *run;
        of_run.push(chain);
    }
    (chains, of_run)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(article: u32, text: u32, length: u32) -> Run {
        Run { article, text, length }
    }

    #[test]
    fn near_runs_make_a_chain_and_far_ones_do_not() {
        let runs = [run(0, 100, 8), run(20, 121, 8), run(300, 140, 8), run(62, 170, 10), run(200, 300, 8)];
        let (chains, of_run) = chain(&runs, 1);
        assert_eq!(of_run, [0, 0, 1, 0, 2]);
        assert_eq!(chains[0], Chain { from: 0, to: 72, found: 26, runs: 3 });
    }

    #[test]
    fn a_run_that_goes_back_in_the_article_starts_anew() {
        let runs = [run(50, 0, 8), run(10, 10, 8)];
        assert_eq!(chain(&runs, 1).0.len(), 2);
    }
}
